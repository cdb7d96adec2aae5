package npy

import (
	"bytes"
	"math"
	"testing"
)

func FuzzRead(f *testing.F) {
	f.Add(file(dict("<f8", "False", "(2, 1)"), []float64{1, 2}))
	f.Add(file(dict(">i2", "True", "(2, 2)"), []int16{1, 2, 3, 4}))
	f.Add(file(dict("|u1", "False", "()"), []byte{1}))
	f.Add(file("{'descr': \"<f4\", 'shape': (0, 3), 'fortran_order': True}"))
	f.Add([]byte("\x93NUMPY\x02\x00\x05\x00\x00\x00{'a':"))
	f.Fuzz(func(t *testing.T, b []byte) {
		values, shape, err := Read(bytes.NewReader(b), 1000)
		if err != nil {
			return
		}
		if len(values) > 1000 {
			t.Fatalf("%d values, want at most 1000", len(values))
		}
		var again bytes.Buffer
		if err := Write(&again, values, shape); err != nil {
			t.Fatalf("shape does not fit the values: %v", err)
		}
		same, _, err := Read(&again, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for i := range values {
			if math.Float64bits(values[i]) != math.Float64bits(same[i]) {
				t.Fatalf("value %d is %v, was written as %v", i, same[i], values[i])
			}
		}
	})
}
