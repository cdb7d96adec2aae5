package photojob

import "github.com/spotgrid/spotgrid/workloads/vision"

// Photo is what is known of one photo. Of one that could not be read there is
// only File and Error.
type Photo struct {
	// File is its name below the volume's files.
	File string `json:"file"`
	// Error says why the photo could not be read.
	Error string `json:"error,omitempty"`

	Format vision.Format `json:"format,omitempty"`
	// Bytes of the file.
	Bytes int `json:"bytes,omitempty"`
	// Width and Height in pixels, upright.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
	// Orientation is what EXIF said and was applied: 1..8, 1 is as stored.
	Orientation vision.Orientation `json:"orientation,omitempty"`
	// Hash is missing where it was not asked for, and where the photo has no
	// structure to hash.
	Hash *vision.Hash `json:"hash,omitempty"`
	// Faces are in pixels of the upright photo, the surest first, at most
	// MaxFaces; FaceCount counts them all.
	Faces     []vision.Face `json:"faces,omitempty"`
	FaceCount int           `json:"face_count"`
	// Corners are counted in the shrunk photo.
	Corners int `json:"corners"`
	// EdgeDensity is the share of pixels of the shrunk photo that are edges:
	// 0..1.
	EdgeDensity float64 `json:"edge_density"`
	// Thumbnail and Annotated are the files that were written.
	Thumbnail string `json:"thumbnail,omitempty"`
	Annotated string `json:"annotated,omitempty"`
}

// MaxFaces of a photo are listed.
const MaxFaces = 50

// Result of a job of kind "vision".
type Result struct {
	// Photos come in the order of the payload's files, those of a pattern by
	// name.
	Photos []Photo `json:"photos"`
	// Read and Failed count the photos that could and could not be read.
	Read   int `json:"read"`
	Failed int `json:"failed"`
	// Faces of all photos.
	Faces int `json:"faces"`
	// Index is the file that holds Photos too; empty without an output folder.
	Index string `json:"index,omitempty"`
	// Resumed counts the photos that an earlier attempt had done.
	Resumed int `json:"resumed"`
	// Seconds that this attempt took.
	Seconds float64 `json:"seconds"`
}

func newResult(photos []Photo) Result {
	r := Result{Photos: photos}
	for _, p := range photos {
		if p.Error != "" {
			r.Failed++
			continue
		}
		r.Read++
		r.Faces += p.FaceCount
	}
	return r
}
