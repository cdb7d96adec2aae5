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
// are of one length. It adds from the first feature to the last, as distances
// does, so that both give the same bits.
func squaredDistance(a, b []float64) float64 {
	b = b[:len(a)]
	sum := 0.0
	for len(a) >= 4 && len(b) >= 4 {
		d0, d1, d2, d3 := a[0]-b[0], a[1]-b[1], a[2]-b[2], a[3]-b[3]
		sum += square(d0)
		sum += square(d1)
		sum += square(d2)
		sum += square(d3)
		a, b = a[4:], b[4:]
	}
	for i := range a {
		sum += square(a[i] - b[i])
	}
	return sum
}

// square rounds the square before anything is added to it. Without the
// conversion some processors' compilers would fuse both, and the workers of a
// grid that mixes them would not agree.
func square(d float64) float64 { return float64(d * d) }
