package kmeans

import "math"

// plainDistances puts into out the squared distances of the point to the
// centres of panels, one for each place; len(out) is a multiple of panelWidth.
// Four sums at a time keep the processor's adders busy; one sum would wait for
// itself.
func plainDistances(out, point, panels []float64) {
	size := panelWidth * len(point)
	for ; len(out) >= panelWidth; out, panels = out[panelWidth:], panels[size:] {
		var s0, s1, s2, s3 float64
		panel := panels[:size]
		for _, x := range point {
			if len(panel) < panelWidth {
				break // never: it spares the checks of the indexes
			}
			s0 += square(x - panel[0])
			s1 += square(x - panel[1])
			s2 += square(x - panel[2])
			s3 += square(x - panel[3])
			panel = panel[panelWidth:]
		}
		out[0], out[1], out[2], out[3] = s0, s1, s2, s3
	}
}

// batch is some points to find the nearest centres of at a time, so that a
// call costs little.
type batch struct {
	// n points have the first indexes.
	n       int
	indexes [batchPoints]int32
	// What is found: the place of the nearest centre, the first of several, the
	// square of its distance, and that of the next nearest, which is infinite
	// where there is none.
	places        [batchPoints]int32
	least, second [batchPoints]float64
}

const batchPoints = 128

func (b *batch) add(index int) {
	b.indexes[b.n] = int32(index)
	b.n++
}

// fill takes as many points as fit, from the first index up to the end.
func (b *batch) fill(from, end int) {
	b.n = 0
	for i := from; i < min(from+batchPoints, end); i++ {
		b.add(i)
	}
}

// plainNearestTwo fills in what is found in panels for a batch of points.
func plainNearestTwo(b *batch, points, panels []float64, features int) {
	size := panelWidth * features
	for j, i := range b.indexes[:b.n] {
		place, least, second := 0, math.Inf(1), math.Inf(1)
		var out [panelWidth]float64
		for from := 0; (from+panelWidth)*features <= len(panels); from += panelWidth {
			plainDistances(out[:], row(points, int(i), features), panels[from*features:][:size])
			for lane, s := range out {
				if s >= second {
					continue
				}
				if s < least {
					place, least, second = from+lane, s, least
				} else {
					second = s
				}
			}
		}
		b.places[j], b.least[j], b.second[j] = int32(place), least, second
	}
}

// plainAddRows adds each point to the row of sums that its label names, in the
// order of the points, where that row is wanted.
func plainAddRows(sums, points []float64, labels []int32, wanted []bool, features int) {
	for i, label := range labels {
		if wanted[label] {
			addTo(row(sums, int(label), features), row(points, i, features))
		}
	}
}
