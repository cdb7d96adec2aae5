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
		folder := filepath.Join(root, strconv.Itoa(i))
		require.NoError(t, os.Mkdir(folder, folderMode))
		folders = append(folders, folder)
	}
	for name, whole := range map[string]bool{"one by one": false, "the whole file system": true} {
		v := &Volume{root: root, syncsWhole: whole}
		for _, n := range []int{0, 1, fewFolders, len(folders)} {
			require.NoError(t, v.syncFolders(folders[:n]), "%s: %d", name, n)
		}
		missing := append([]string{filepath.Join(root, "none")}, folders...)
		assert.ErrorIs(t, v.syncFolders(missing), os.ErrNotExist, name)
	}
}
