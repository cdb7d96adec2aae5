package kmeans

import "golang.org/x/sys/cpu"

// The assembly puts the four centres of a panel into the four lanes of a
// register. It multiplies and adds apart, as the plain functions do, so both
// give the same bits.

// distancesAVX is plainDistances for count panels.
//
//go:noescape
func distancesAVX(out, point, panels *float64, features, count int)

// nearestTwoAVX is plainNearestTwo for the points with n indexes and for count
// panels.
//
//go:noescape
func nearestTwoAVX(least, second *float64, places, indexes *int32, n int, points, panels *float64, features, count int)

// addRowsAVX is plainAddRows for n points.
//
//go:noescape
func addRowsAVX(sums, points *float64, labels *int32, wanted *bool, n, features int)

var hasAVX = cpu.X86.HasAVX

func distances(out, point, panels []float64) {
	count := len(out) / panelWidth
	if !hasAVX || count == 0 || len(point) == 0 {
		plainDistances(out, point, panels)
		return
	}
	_ = panels[count*panelWidth*len(point)-1] // nothing else checks what the assembly reads
	distancesAVX(&out[0], &point[0], &panels[0], len(point), count)
}

func nearestTwo(b *batch, points, panels []float64, features int) {
	count := len(panels) / (panelWidth * features)
	if !hasAVX || count == 0 || b.n == 0 {
		plainNearestTwo(b, points, panels, features)
		return
	}
	for _, i := range b.indexes[:b.n] {
		_ = points[int(i)*features : (int(i)+1)*features] // nothing else checks what the assembly reads
	}
	nearestTwoAVX(&b.least[0], &b.second[0], &b.places[0], &b.indexes[0], b.n, &points[0], &panels[0], features, count)
}

func addRows(sums, points []float64, labels []int32, wanted []bool, features int) {
	if !hasAVX || len(labels) == 0 || features == 0 {
		plainAddRows(sums, points, labels, wanted, features)
		return
	}
	for _, label := range labels {
		_ = wanted[label] // nothing else checks what the assembly reads and writes
	}
	_, _ = sums[len(wanted)*features-1], points[len(labels)*features-1]
	addRowsAVX(&sums[0], &points[0], &labels[0], &wanted[0], len(labels), features)
}
