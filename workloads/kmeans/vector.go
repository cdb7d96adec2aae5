package kmeans

// row is row i of a matrix stored row by row.
func row(values []float64, i, width int) []float64 {
	return values[i*width : (i+1)*width : (i+1)*width]
}

// addTo adds b to a. They are of one length.
func addTo(a, b []float64) {
	b = b[:len(a)]
	for i := range a {
		a[i] += b[i]
	}
}

// squaredDistance is the square of the Euclidean distance of a and b, which
// are of one length. Four sums at a time keep the processor's adders busy; one
// sum would wait for itself.
func squaredDistance(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	for len(a) >= 4 && len(b) >= 4 {
		d0, d1, d2, d3 := a[0]-b[0], a[1]-b[1], a[2]-b[2], a[3]-b[3]
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
		a, b = a[4:], b[4:]
	}
	for i := range a {
		d := a[i] - b[i]
		s0 += d * d
	}
	return (s0 + s1) + (s2 + s3)
}

// nearest is the row of centers nearest to the point, the first of several,
// and the square of its distance.
func nearest(point, centers []float64) (label int32, dist float64) {
	width := len(point)
	dist = squaredDistance(point, centers[:width])
	for c := int32(1); int(c)*width < len(centers); c++ {
		if d := squaredDistance(point, row(centers, int(c), width)); d < dist {
			label, dist = c, d
		}
	}
	return label, dist
}
