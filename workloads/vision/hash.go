package vision

import (
	"encoding/hex"
	"fmt"
	"image"
	"math"
	"math/bits"
)

const (
	// hashSide is the size a picture is shrunk to before it is hashed.
	hashSide = 32
	// hashBands is how many frequencies across and down a hash has.
	hashBands = 8
	// minContrast is the least that a hash makes sense of, in gray levels.
	minContrast = 1
)

// Hash is a perceptual hash of 64 bits: pictures that look alike have hashes
// that differ in few of them.
//
// It is the pHash that OpenCV has (cv2.img_hash.pHash): the picture is shrunk
// to 32×32 pixels and transformed by a DCT; each of the 8×8 lowest frequencies
// gives one bit, which says whether it is above their mean. The average
// brightness counts for nothing and neither does contrast, so that lighter and
// fainter copies have the same hash; so do copies of another size, as long as
// the sides keep their ratio. Turned, mirrored and cropped pictures have other
// hashes. OpenCV shrinks by interpolation, which misses pixels; here each pixel
// counts, and so the hashes of larger pictures are not the same bit by bit.
type Hash uint64

// String is 16 hexadecimal digits, in the order of OpenCV's bytes.
func (h Hash) String() string {
	var b [8]byte
	for i := range b {
		b[i] = byte(h >> (8 * i))
	}
	return hex.EncodeToString(b[:])
}

// MarshalText writes what String does.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (h *Hash) UnmarshalText(text []byte) error {
	var b [8]byte
	if len(text) != hex.EncodedLen(len(b)) {
		return fmt.Errorf("hash %.32q has %d characters, want %d", text, len(text), hex.EncodedLen(len(b)))
	}
	if _, err := hex.Decode(b[:], text); err != nil {
		return fmt.Errorf("hash %q: %w", text, err)
	}
	*h = 0
	for i, v := range b {
		*h |= Hash(v) << (8 * i)
	}
	return nil
}

// Distance is in how many bits the hashes differ: 0..64.
func (h Hash) Distance(other Hash) int { return bits.OnesCount64(uint64(h ^ other)) }

// PerceptualHash hashes a picture. It reports false where there is nothing to
// hash: the coarse structure of the picture has a contrast (standard deviation)
// of less than one gray level, as has an empty page, and the bits would be
// noise.
func PerceptualHash(g *image.Gray) (Hash, bool) {
	var small [hashSide * hashSide]byte
	shrinkPlane(small[:], hashSide, hashSide, g.Pix, g.Rect.Dx(), g.Rect.Dy(), g.Stride)
	c := lowFrequencies(&small)
	c[0] = 0 // the average brightness
	sum, energy := 0.0, 0.0
	for _, v := range c {
		sum += v
		energy += v * v
	}
	if math.Sqrt(energy)/hashSide < minContrast {
		return 0, false
	}
	h := Hash(0)
	for i, v := range c {
		if v > sum/float64(len(c)) {
			h |= 1 << i
		}
	}
	return h, true
}

// cosines are the lowest rows of the DCT-II, scaled to be orthonormal.
var cosines = func() (table [hashBands][hashSide]float64) {
	for k := range table {
		scale := math.Sqrt(2.0 / hashSide)
		if k == 0 {
			scale = math.Sqrt(1.0 / hashSide)
		}
		for n := range table[k] {
			table[k][n] = scale * math.Cos(math.Pi*float64(k)*(float64(n)+0.5)/hashSide)
		}
	}
	return table
}()

// lowFrequencies are the lowest frequencies, row by row.
func lowFrequencies(pix *[hashSide * hashSide]byte) (out [hashBands * hashBands]float64) {
	var down [hashBands][hashSide]float64
	for k := range down {
		for y := range hashSide {
			factor := cosines[k][y]
			for x, v := range pix[y*hashSide : (y+1)*hashSide] {
				down[k][x] += factor * float64(v)
			}
		}
	}
	for k := range down {
		for across := range hashBands {
			for x, v := range down[k] {
				out[k*hashBands+across] += cosines[across][x] * v
			}
		}
	}
	return out
}
