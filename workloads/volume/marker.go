package volume

import (
	"fmt"
	"strings"
)

// marker is the file that makes a folder, or a part of a bucket, a volume. Without
// it nothing is read, written or deleted: it guards against an unmounted share and
// a wrong path.
const (
	marker     = ".spotgrid-volume"
	markerText = "{\"version\":1}\n"
)

func checkMarkerText(text []byte) error {
	if string(text) != markerText {
		return fmt.Errorf("the marker %s says %q, want %q", marker, strings.TrimSpace(string(text)), strings.TrimSpace(markerText))
	}
	return nil
}
