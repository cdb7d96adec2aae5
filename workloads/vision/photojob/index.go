package photojob

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
)

const (
	// maxIndexLine bounds a line of an index, in bytes: three names of up to 24
	// KiB, as JSON has them, and MaxFaces faces.
	maxIndexLine = 256 << 10
	// MaxIndexPhotos is how many photos are searched for duplicates: a million
	// names and hashes take some 200 MB.
	MaxIndexPhotos = 1_000_000
)

// encodeIndex writes photos one a line.
func encodeIndex(photos []Photo) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	for _, p := range photos {
		if err := e.Encode(p); err != nil {
			return nil, fmt.Errorf("encoding what is known of photo %q: %w", p.File, err)
		}
	}
	return b.Bytes(), nil
}

// readIndexes reads the photos of all files. Of a photo that several tell of,
// the last counts.
func readIndexes(ctx context.Context, root *os.Root, files []string) ([]Photo, error) {
	var photos []Photo
	at := map[string]int{}
	for _, file := range files {
		err := readIndex(ctx, root, file, func(p Photo) error {
			p.Faces = nil // not needed here, and many
			i, ok := at[p.File]
			if !ok {
				i = len(photos)
				at[p.File] = i
				photos = append(photos, p)
			}
			photos[i] = p
			if len(photos) > MaxIndexPhotos {
				return errUnfit{fmt.Errorf("there are more than %d photos", MaxIndexPhotos)}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("reading index %q: %w", file, err)
		}
	}
	return photos, nil
}

func readIndex(ctx context.Context, root *os.Root, file string, each func(Photo) error) error {
	info, err := root.Stat(file)
	if err != nil {
		return classify(err)
	}
	if !info.Mode().IsRegular() {
		return errUnfit{fmt.Errorf("it is a %s, want a regular file", kindOf(info.Mode()))}
	}
	f, err := root.Open(file)
	if err != nil {
		return classify(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxIndexLine)
	for n := 1; lines.Scan(); n++ {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		var p Photo
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return errUnfit{fmt.Errorf("line %d: %w", n, err)}
		}
		if p.File == "" {
			return errUnfit{fmt.Errorf("line %d names no file", n)}
		}
		if err := each(p); err != nil {
			return err
		}
	}
	if err := lines.Err(); err == bufio.ErrTooLong {
		return errUnfit{fmt.Errorf("a line is longer than %d bytes", maxIndexLine)}
	} else if err != nil {
		return err
	}
	return nil
}
