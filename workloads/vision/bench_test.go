package vision

import "testing"

// What a photo costs after it is decoded.
func BenchmarkSteps(b *testing.B) {
	g := grayOf(scene(1, 1024, 768))
	finder := finder(b)
	for name, step := range map[string]func(){
		"sobel":   func() { Sobel(g) },
		"canny":   func() { Edges(g, DefaultEdges) },
		"corners": func() { Corners(g, DefaultCornerThreshold) },
		"hash":    func() { PerceptualHash(g) },
		"faces":   func() { finder.Find(g, DefaultFaces) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
		})
	}
}
