package tools_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeGo stands for the go command: it notes its arguments, and builds
// "programs" that print the version they were built at. Test cases steer it by
// files beside it.
const fakeGo = `#!/bin/sh
here=$(dirname "$0")
if [ "$1" = env ]; then
	case $2 in GOVERSION) cat "$here/goversion" ;; *) echo "/the/$2" ;; esac
	exit
fi
echo "$*" >>"$here/builds"
[ ! -f "$here/gofails" ] || { cat "$here/gofails" >&2; exit 1; }
version=none
while [ $# -gt 0 ]; do
	case $1 in
	-o) file=$2 ;;
	*version.Version=*) version=${1##*=} ;;
	esac
	shift
done
printf '#!/bin/sh\necho %s\n' "$version" >"$file"
chmod +x "$file"
[ ! -f "$here/gohangs" ] || { touch "$here/hanging"; exec sleep 300; }
`

// sandbox is a copy of the script in a repository of its own, and a machine
// whose PATH holds only what the test puts there.
type sandbox struct {
	t    *testing.T
	root string // the repository
	gobi string // directory of the fake go command
	path []string
}

func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	s := &sandbox{t: t, root: filepath.Join(base, "repo"), gobi: filepath.Join(base, "go")}
	script, err := os.ReadFile("ensure-pulumi")
	require.NoError(t, err)
	s.write("repo/tools/ensure-pulumi", string(script))
	s.pin("v3.259.0")
	s.write("repo/tools/go.sum", "sums\n")
	s.write("repo/tools/pulumi-language-go/main.go", "package main\n")
	s.write("repo/tools/pulumi-language-go/main_test.go", "package main\n")
	s.write("go/go", fakeGo)
	s.write("go/goversion", "go1.26.8\n")

	// The script's own needs, without whatever else lies in /usr/bin.
	commands := filepath.Join(base, "commands")
	require.NoError(t, os.Mkdir(commands, 0o755))
	for _, name := range []string{
		"sh", "cat", "cksum", "chmod", "date", "dirname", "env", "grep", "ln", "mkdir", "mv", "readlink", "rm", "sed", "sleep", "touch",
	} {
		path, err := exec.LookPath(name)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(path, filepath.Join(commands, name)))
	}
	s.path = []string{s.gobi, commands}
	return s
}

// write writes an executable file below the sandbox's base directory.
func (s *sandbox) write(name, content string) string {
	s.t.Helper()
	path := filepath.Join(filepath.Dir(s.root), name)
	require.NoError(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(s.t, os.WriteFile(path, []byte(content), 0o755))
	return path
}

// pin has tools/go.mod name a version of Pulumi.
func (s *sandbox) pin(version string) {
	s.t.Helper()
	s.write("repo/tools/go.mod", "module tools\n\ngo 1.26\n\nrequire (\n\tgithub.com/pulumi/pulumi/pkg/v3 "+version+" // indirect\n)\n")
}

// pulumi puts a CLI of a version on PATH, before all else, in a directory.
func (s *sandbox) pulumi(dir, version string, withHost bool) string {
	s.t.Helper()
	path := s.write(dir+"/pulumi", "#!/bin/sh\necho "+version+"\n")
	if withHost {
		s.write(dir+"/pulumi-language-go", "#!/bin/sh\n")
	}
	s.path = append([]string{filepath.Dir(path)}, s.path...)
	return path
}

func (s *sandbox) command(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.root, "tools", "ensure-pulumi"), args...)
	cmd.Dir = s.root
	cmd.Env = []string{"PATH=" + strings.Join(s.path, ":")}
	return cmd
}

// run returns both outputs as one; want says whether the script must succeed.
func (s *sandbox) run(want bool, args ...string) string {
	s.t.Helper()
	output, err := s.command(args...).CombinedOutput()
	require.Equal(s.t, want, err == nil, "%v\n%s", err, output)
	return string(output)
}

func (s *sandbox) bin(name string) string { return filepath.Join(s.root, "bin", name) }

// builds returns the arguments of every go build since the last call.
func (s *sandbox) builds() []string {
	s.t.Helper()
	path := filepath.Join(s.gobi, "builds")
	content, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(s.t, err)
	require.NoError(s.t, os.Remove(path))
	return strings.Split(strings.TrimSpace(string(content)), "\n")
}

// binVersion is what bin/pulumi says of itself.
func (s *sandbox) binVersion() string {
	s.t.Helper()
	cmd := exec.Command(s.bin("pulumi"), "version")
	cmd.Env = []string{"PATH=" + strings.Join(s.path, ":")}
	output, err := cmd.Output()
	require.NoError(s.t, err)
	return strings.TrimSpace(string(output))
}

// files lists bin/.
func (s *sandbox) files() (names []string) {
	s.t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.root, "bin"))
	require.NoError(s.t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// link makes a link in a new directory and returns its path.
func (s *sandbox) link(target, name string) string {
	s.t.Helper()
	dir := filepath.Join(filepath.Dir(s.root), "elsewhere")
	require.NoError(s.t, os.MkdirAll(dir, 0o755))
	require.NoError(s.t, os.Symlink(target, filepath.Join(dir, name)))
	return filepath.Join(dir, name)
}
