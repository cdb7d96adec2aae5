package photos

import "math"

// seed is where all chance of a picture comes from.
type seed uint64

// at is a number in [0, 1) for a place, always the same. The mixing is that of
// SplitMix64 (Steele et al. 2014).
func (s seed) at(x, y int) float64 {
	h := uint64(s)*0x9e3779b97f4a7c15 + uint64(int64(x))*0xc2b2ae3d27d4eb4f + uint64(int64(y))*0x165667b19e3779f9
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return float64((h^h>>31)>>11) / (1 << 53)
}

// pick is a number in [low, high), one for each place.
func (s seed) pick(place int, low, high float64) float64 {
	return low + (high-low)*s.at(place, -1)
}

// noise is smooth chance in 0..1, one hill or hollow for each unit.
func (s seed) noise(x, y float64) float64 {
	left, top := math.Floor(x), math.Floor(y)
	tx, ty := x-left, y-top
	tx, ty = tx*tx*(3-2*tx), ty*ty*(3-2*ty)
	i, j := int(left), int(top)
	upper := s.at(i, j)*(1-tx) + s.at(i+1, j)*tx
	lower := s.at(i, j+1)*(1-tx) + s.at(i+1, j+1)*tx
	return upper*(1-ty) + lower*ty
}

// fractal adds up noise of ever finer grain, in 0..1.
func (s seed) fractal(x, y float64, octaves int) float64 {
	sum, weight, all := 0.0, 1.0, 0.0
	for range octaves {
		sum += weight * s.noise(x, y)
		all += weight
		weight, x, y = weight/2, x*2.03+17, y*2.03+11
	}
	return sum / all
}
