//go:build !amd64

package kmeans

func distances(out, point, panels []float64) { plainDistances(out, point, panels) }

func nearestTwo(b *batch, points, panels []float64, features int) {
	plainNearestTwo(b, points, panels, features)
}

func addRows(sums, points []float64, labels []int32, wanted []bool, features int) {
	plainAddRows(sums, points, labels, wanted, features)
}
