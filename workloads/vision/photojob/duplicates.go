package photojob

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/vision"
)

// DuplicatesKindName is the job kind that finds photos that look alike.
const DuplicatesKindName = "vision-duplicates"

// maxResultGroups is how many groups the result has, the largest; the file has
// them all.
const maxResultGroups = 100

// Member is a photo of a group.
type Member struct {
	File   string `json:"file"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Bytes  int    `json:"bytes"`
	// Distance in bits from the first photo of the group. It can be more than
	// the radius where others lie between.
	Distance int `json:"distance"`

	hash      vision.Hash
	thumbnail string
}

// Group is two or more photos that look alike. The first has the most pixels,
// of several the most bytes: the one to keep.
type Group struct {
	Photos []Member `json:"photos"`
}

// DuplicatesResult is the result of a job of kind "vision-duplicates".
type DuplicatesResult struct {
	// Photos in the indexes, and how many of them have a hash.
	Photos int `json:"photos"`
	Hashed int `json:"hashed"`
	// Radius that was searched, in bits.
	Radius int `json:"radius"`
	// Groups, and the photos in them beyond the first of each.
	Groups     int `json:"groups"`
	Duplicates int `json:"duplicates"`
	// Largest are the largest groups, at most 100.
	Largest []Group `json:"largest"`
	// File has all groups, one a line, the largest first; Sheet is a contact
	// sheet of the largest, a row each. Both are empty without an output folder.
	File  string `json:"file,omitempty"`
	Sheet string `json:"sheet,omitempty"`
	// Seconds that this attempt took.
	Seconds float64 `json:"seconds"`
}

type duplicatesKind struct{ options KindOptions }

var _ job.Kind = duplicatesKind{}

// NewDuplicatesKind makes the job kind "vision-duplicates". Its payload is a
// DuplicatesPayload and its result a DuplicatesResult. It works on one
// goroutine.
func NewDuplicatesKind(o KindOptions) job.Kind { return duplicatesKind{o.withDefaults()} }

func (duplicatesKind) Name() string { return DuplicatesKindName }

func (duplicatesKind) Check(payload json.RawMessage) error {
	_, err := ParseDuplicates(payload)
	return err
}

func (k duplicatesKind) Run(ctx context.Context, task job.Task) (json.RawMessage, error) {
	begun := k.options.Now()
	payload, err := ParseDuplicates(task.Payload)
	if err != nil {
		return nil, job.Reject(err)
	}
	if task.Files == nil {
		return nil, job.Reject(errNoFiles)
	}
	result, groups, err := findDuplicates(ctx, task, payload)
	if isUnfit(err) {
		err = job.Reject(err)
	}
	if err != nil {
		return nil, err
	}
	task.Log.Info("found duplicates", "photos", result.Photos, "groups", result.Groups, "duplicates", result.Duplicates)
	if payload.Output != "" {
		o := newOutput(task.Files, payload.Output)
		if err := writeDuplicates(ctx, task, o, k.options.PhotoBytes, groups, &result); err != nil {
			return nil, err
		}
	}
	result.Seconds = k.options.Now().Sub(begun).Seconds()
	return encode(result)
}

func findDuplicates(ctx context.Context, task job.Task, payload DuplicatesPayload) (DuplicatesResult, []Group, error) {
	files, err := list(ctx, task.Files, payload.Index, MaxPhotos)
	if err != nil {
		return DuplicatesResult{}, nil, errUnfit{err}
	}
	photos, err := readIndexes(ctx, task.Files, files)
	if err != nil {
		return DuplicatesResult{}, nil, err
	}
	result := DuplicatesResult{Photos: len(photos), Radius: payload.Radius}
	photos = slices.DeleteFunc(photos, func(p Photo) bool { return p.Hash == nil })
	if len(photos) == 0 {
		return result, nil, errUnfit{fmt.Errorf("none of %d photos has a hash: was the step %q left out?", result.Photos, StepHash)}
	}
	result.Hashed = len(photos)
	hashes := make([]vision.Hash, len(photos))
	for i, p := range photos {
		hashes[i] = *p.Hash
	}
	found, err := vision.Groups(ctx, hashes, payload.Radius)
	if err != nil {
		return result, nil, err
	}
	groups := makeGroups(photos, found)
	result.Groups, result.Largest = len(groups), groups[:min(len(groups), maxResultGroups)]
	for _, g := range groups {
		result.Duplicates += len(g.Photos) - 1
	}
	return result, groups, nil
}

// makeGroups orders groups, and photos within.
func makeGroups(photos []Photo, found [][]int) []Group {
	groups := make([]Group, len(found))
	for i, indexes := range found {
		var g Group
		for _, at := range indexes {
			p := photos[at]
			g.Photos = append(g.Photos, Member{File: p.File, Width: p.Width, Height: p.Height, Bytes: p.Bytes, hash: *p.Hash, thumbnail: p.Thumbnail})
		}
		slices.SortFunc(g.Photos, func(a, b Member) int {
			return cmp.Or(cmp.Compare(b.Width*b.Height, a.Width*a.Height), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.File, b.File))
		})
		for m := range g.Photos {
			g.Photos[m].Distance = g.Photos[m].hash.Distance(g.Photos[0].hash)
		}
		groups[i] = g
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(len(b.Photos), len(a.Photos)), cmp.Compare(a.Photos[0].File, b.Photos[0].File))
	})
	return groups
}

// writeDuplicates writes groups and sheet.
func writeDuplicates(ctx context.Context, task job.Task, o *output, photoBytes int, groups []Group, result *DuplicatesResult) error {
	var lines bytes.Buffer
	e := json.NewEncoder(&lines)
	for _, g := range groups {
		if err := e.Encode(g); err != nil {
			return fmt.Errorf("encoding a group: %w", err)
		}
	}
	sheet, err := drawGroups(ctx, task.Files, photoBytes, groups)
	if err != nil {
		return err
	}
	if result.File, err = o.put("duplicates/"+task.ID+".jsonl", lines.Bytes()); err != nil {
		return err
	}
	if sheet != nil {
		if result.Sheet, err = o.put("duplicates/"+task.ID+".jpg", sheet); err != nil {
			return err
		}
	}
	return o.settle()
}
