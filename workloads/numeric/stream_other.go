//go:build !amd64

package numeric

// addScalarStreaming is addScalar where nothing faster is written.
func addScalarStreaming(dst, src []float64, scalar float64) { addScalar(dst, src, scalar) }
