package gallery

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"

	"github.com/spotgrid/spotgrid/workloads/vision/photojob"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/wording"
)

// maxSeen is how many photos are shown with what was found in them.
const maxSeen = 6

// tile is a photo on the page. Picture is empty where there is none.
type tile struct {
	File, Note, Error string
	Picture           template.URL
	Distance          int
}

// photoSheet are the photos of all jobs.
type photoSheet struct {
	Read, Failed, Faces, Hidden int
	Tiles                       []tile
	Seen                        []tile
}

// duplicateGroups are the groups of photos that look alike.
type duplicateGroups struct {
	Photos, Duplicates, Radius int
	Groups                     [][]tile
}

// results decodes what the succeeded jobs of a kind gave.
func results[T any](p *page, kind string, each func(volume.Record, T)) {
	for _, r := range p.Records {
		if r.Kind != kind || !succeeded(r) {
			continue
		}
		var result T
		if err := json.Unmarshal(r.Result, &result); err != nil {
			p.problem("result of job %q: %v", r.JobID, err)
			continue
		}
		each(r, result)
	}
}

func (p *page) addPhotos() {
	var photos []photojob.Photo
	results(p, photojob.KindName, func(_ volume.Record, r photojob.Result) { photos = append(photos, r.Photos...) })
	if len(photos) == 0 {
		return
	}
	s := &photoSheet{}
	for _, photo := range photos {
		s.Faces += photo.FaceCount
		if photo.Error != "" {
			s.Failed++
		} else {
			s.Read++
		}
		if len(s.Tiles) == maxPictures {
			s.Hidden++
			continue
		}
		s.Tiles = append(s.Tiles, p.tileOf(photo, photo.Thumbnail, noteOf(photo)))
	}
	s.Seen = p.seen(photos)
	p.Photos = s
}

// seen are photos with what was found in them, no two of which look alike.
func (p *page) seen(photos []photojob.Photo) []tile {
	copies := map[string]bool{}
	results(p, photojob.DuplicatesKindName, func(_ volume.Record, r photojob.DuplicatesResult) {
		for _, group := range r.Largest {
			for _, m := range group.Photos[min(1, len(group.Photos)):] {
				copies[m.File] = true
			}
		}
	})
	// Faces are what people look for; then whatever has most to see.
	slices.SortStableFunc(photos, func(a, b photojob.Photo) int {
		return cmp.Or(cmp.Compare(b.FaceCount, a.FaceCount), cmp.Compare(b.Corners, a.Corners))
	})
	var tiles []tile
	for _, photo := range photos {
		if photo.Annotated != "" && !copies[photo.File] && len(tiles) < maxSeen {
			tiles = append(tiles, p.tileOf(photo, photo.Annotated, foundIn(photo)))
		}
	}
	return tiles
}

func (p *page) tileOf(photo photojob.Photo, file, note string) tile {
	t := tile{File: photo.File, Note: note, Error: photo.Error}
	if file == "" {
		return t
	}
	var err error
	if t.Picture, err = picture(p.Files, file); err != nil {
		p.problem("%v", err)
	}
	return t
}

func noteOf(photo photojob.Photo) string {
	if photo.Error != "" {
		return ""
	}
	note := fmt.Sprintf("%d×%d %s", photo.Width, photo.Height, photo.Format)
	if photo.Orientation > 1 {
		note += ", turned upright"
	}
	if photo.FaceCount > 0 {
		note += ", " + wording.Count(photo.FaceCount, "face")
	}
	return note
}

func foundIn(photo photojob.Photo) string {
	return fmt.Sprintf("%s, %s, edges on %s", wording.Count(photo.FaceCount, "face"), wording.Count(photo.Corners, "corner"), wording.Percent(photo.EdgeDensity))
}

func (p *page) addDuplicates() {
	thumbnails := map[string]photojob.Photo{}
	results(p, photojob.KindName, func(_ volume.Record, r photojob.Result) {
		for _, photo := range r.Photos {
			thumbnails[photo.File] = photo
		}
	})
	results(p, photojob.DuplicatesKindName, func(_ volume.Record, r photojob.DuplicatesResult) {
		g := &duplicateGroups{Photos: r.Hashed, Duplicates: r.Duplicates, Radius: r.Radius}
		shown := 0
		for _, group := range r.Largest {
			if shown += len(group.Photos); shown > maxPictures {
				break
			}
			var tiles []tile
			for _, m := range group.Photos {
				t := p.tileOf(thumbnails[m.File], thumbnails[m.File].Thumbnail, fmt.Sprintf("%d×%d, %d KB", m.Width, m.Height, (m.Bytes+999)/1000))
				t.File, t.Distance = m.File, m.Distance
				tiles = append(tiles, t)
			}
			g.Groups = append(g.Groups, tiles)
		}
		p.Groups = g
	})
}
