package vision

import (
	"cmp"
	"slices"

	pigo "github.com/esimov/pigo/core"
)

// Overlaps at which windows are one face.
const (
	// sameFace: of two windows, their intersection over their union. pigo has
	// the same.
	sameFace = 0.2
	// insideFace: the share of a face that lies in a surer one. An eye with its
	// brows makes a small face of its own.
	insideFace = 0.5
)

// cluster are windows around one face.
type cluster struct {
	first         pigo.Detection // the surest
	x, y, side, q float64        // summed up with their scores as weights
}

// joinWindows makes faces of windows, which come with the surest first: each
// joins the first face whose surest window it overlaps. pigo's own way begins
// with the least sure, and leaves several faces where there is one.
func joinWindows(windows []pigo.Detection, minScore float64) []Face {
	var clusters []*cluster
	for _, w := range windows {
		i := slices.IndexFunc(clusters, func(c *cluster) bool {
			shared := intersection(c.first, w)
			return shared > sameFace*(area(c.first)+area(w)-shared)
		})
		if i < 0 {
			i = len(clusters)
			clusters = append(clusters, &cluster{first: w})
		}
		clusters[i].add(w)
	}
	slices.SortStableFunc(clusters, func(a, b *cluster) int { return cmp.Compare(b.q, a.q) })
	var kept []pigo.Detection
	var faces []Face
	for _, c := range clusters {
		d := c.mean()
		isInside := slices.ContainsFunc(kept, func(k pigo.Detection) bool { return intersection(k, d) > insideFace*area(d) })
		if isInside || c.q < minScore {
			continue
		}
		kept = append(kept, d)
		faces = append(faces, Face{X: d.Col - d.Scale/2, Y: d.Row - d.Scale/2, Side: d.Scale, Score: c.q})
	}
	return faces
}

func (c *cluster) add(w pigo.Detection) {
	q := float64(w.Q)
	c.x += q * float64(w.Col)
	c.y += q * float64(w.Row)
	c.side += q * float64(w.Scale)
	c.q += q
}

func (c *cluster) mean() pigo.Detection {
	return pigo.Detection{Row: int(c.y/c.q + 0.5), Col: int(c.x/c.q + 0.5), Scale: int(c.side/c.q + 0.5)}
}

func area(d pigo.Detection) float64 { return float64(d.Scale) * float64(d.Scale) }

func intersection(a, b pigo.Detection) float64 {
	overlap := func(a, b, aSide, bSide int) float64 {
		from := max(float64(a)-float64(aSide)/2, float64(b)-float64(bSide)/2)
		to := min(float64(a)+float64(aSide)/2, float64(b)+float64(bSide)/2)
		return max(0, to-from)
	}
	return overlap(a.Row, b.Row, a.Scale, b.Scale) * overlap(a.Col, b.Col, a.Scale, b.Scale)
}
