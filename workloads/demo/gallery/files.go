package gallery

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
)

const (
	// maxPictureBytes bounds a picture on the page: thumbnails have some 10 KB.
	maxPictureBytes = 1 << 20
	// maxDataBytes bounds a file with points or labels.
	maxDataBytes = 8 << 20
	// maxPictures bounds the page: beyond it, photos are only counted.
	maxPictures = 120
)

// readFile reads a regular file of at most limit bytes.
func readFile(files fs.FS, name string, limit int64) ([]byte, error) {
	if files == nil {
		return nil, fmt.Errorf("reading %q: there is no folder of files", name)
	}
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("reading %q: it is no regular file", name)
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("reading %q: it has more than %d bytes", name, limit)
	}
	return data, nil
}

// picture is a file as a data URI. What is neither JPEG nor PNG is refused, told
// by its content: a page with an SVG of somebody else would run what is in it.
func picture(files fs.FS, name string) (template.URL, error) {
	data, err := readFile(files, name, maxPictureBytes)
	if err != nil {
		return "", err
	}
	kind := http.DetectContentType(data)
	if kind != "image/jpeg" && kind != "image/png" {
		return "", fmt.Errorf("showing %q: it is %s, want a JPEG or PNG picture", name, kind)
	}
	return template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)), nil
}
