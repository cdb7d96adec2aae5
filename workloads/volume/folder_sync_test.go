package volume

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFoldersAreSyncedByEitherWay(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	var folders []string
	for i := range 3 * syncsAtOnce {
		name := filepath.Join(root, strconv.Itoa(i))
		require.NoError(t, os.Mkdir(name, folderMode))
		folders = append(folders, name)
	}
	for name, whole := range map[string]bool{"one by one": false, "the whole file system": true} {
		f := &folder{root: root, syncsWhole: whole}
		for _, n := range []int{0, 1, fewFolders, len(folders)} {
			require.NoError(t, f.syncFolders(folders[:n]), "%s: %d", name, n)
		}
		missing := append([]string{filepath.Join(root, "none")}, folders...)
		assert.ErrorIs(t, f.syncFolders(missing), os.ErrNotExist, name)
	}
}
