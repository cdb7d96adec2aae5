package volume

import (
	"fmt"
	"os"
	"path/filepath"
)

// Files opens the folder of users' files, which no name given to it leaves, not
// by way of symbolic links either. The caller closes it.
func (v *Volume) Files() (*os.Root, error) {
	root, err := os.OpenRoot(filepath.Join(v.root, filesFolder))
	if err != nil {
		return nil, fmt.Errorf("opening the volume's files: %w", classify(err))
	}
	return root, nil
}
