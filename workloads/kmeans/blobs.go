package kmeans

import "math/rand/v2"

// blobBox is the half width of the box the centres of blobs lie in, and
// blobDeviation the standard deviation around them, as in scikit-learn's
// make_blobs.
const (
	blobBox       = 10.0
	blobDeviation = 1.0
)

// BlobOptions say what MakeBlobs makes. All numbers are at least 1.
type BlobOptions struct {
	Points, Features, Blobs int
	// Seed of all randomness. Datasets of one seed but different sizes have
	// nothing in common.
	Seed int64
}

// blobStream keeps the numbers drawn here apart from those of Fit, which may
// have the same seed.
const blobStream = 0x626c6f6273 // "blobs"

// MakeBlobs draws points around centres that lie uniformly in [-10, 10], with
// a standard deviation of 1 in each feature. Point i belongs to blob i modulo
// Blobs, so the blobs are of equal size, give or take one.
func MakeBlobs(o BlobOptions) Dataset {
	rng := rand.New(rand.NewPCG(uint64(o.Seed), blobStream))
	d := Dataset{
		Points: o.Points, Features: o.Features,
		Values:      make([]float64, o.Points*o.Features),
		TrueCenters: make([][]float64, o.Blobs),
	}
	for b := range d.TrueCenters {
		d.TrueCenters[b] = make([]float64, o.Features)
		for f := range d.TrueCenters[b] {
			d.TrueCenters[b][f] = blobBox * (2*rng.Float64() - 1)
		}
	}
	for i := range d.Points {
		center := d.TrueCenters[i%o.Blobs]
		for f, v := range center {
			d.Values[i*o.Features+f] = v + blobDeviation*rng.NormFloat64()
		}
	}
	return d
}
