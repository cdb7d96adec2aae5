package cgroup

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOwnCgroupIsFoundWhereverItIsMounted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cgroup, mountinfo string
		want, err         string
	}{
		"systemd": {
			"0::/system.slice/w.service\n", "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n",
			"/sys/fs/cgroup/system.slice/w.service", "",
		},
		"both versions": {
			"4:memory:/a\n1:name=systemd:/b\n0::/c\n",
			"31 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n32 23 0:28 / /sys/fs/cgroup/unified rw shared:1 master:2 - cgroup2 cgroup2 rw\n",
			"/sys/fs/cgroup/unified/c", "",
		},
		"a part of it is mounted": {"0::/docker/x/y\n", "30 23 0:26 /docker/x /sys/fs/cgroup ro - cgroup2 cgroup rw\n", "/sys/fs/cgroup/y", ""},
		"another part is mounted": {"0::/docker/x\n", "30 23 0:26 /docker/z /sys/fs/cgroup ro - cgroup2 cgroup rw\n", "", "cgroup v2 is not mounted"},
		"only version 1":          {"4:memory:/a\n", "", "", "the machine has no cgroup v2"},
		"not mounted":             {"0::/\n", "22 1 0:21 / /proc rw - proc proc rw\n", "", "cgroup v2 is not mounted"},
		"nonsense":                {"0::/\n", "x - cgroup2\n - cgroup2 a\n", "", "cgroup v2 is not mounted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proc := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(proc, "cgroup"), []byte(c.cgroup), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(proc, "mountinfo"), []byte(c.mountinfo), 0o600))
			got, err := ownPath(proc)
			assert.Equal(t, c.want, got)
			if c.err != "" {
				assert.ErrorContains(t, err, c.err)
			} else {
				assert.NoError(t, err)
			}
		})
	}
}

func TestAFolderThatIsNoCgroupIsNotUsed(t *testing.T) {
	t.Parallel()
	err := probe(t.TempDir())
	assert.ErrorContains(t, err, "Linux 5.14", "a child without cgroup.kill")
}

func TestDetectTwiceFindsTheSame(t *testing.T) {
	t.Parallel()
	first, err := Detect()
	if err != nil {
		t.Skipf("no cgroup of one's own here: %v", err)
	}
	second, err := Detect()
	require.NoError(t, err)
	assert.Equal(t, first, second)
}
