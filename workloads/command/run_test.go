package command

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSuccess(t *testing.T) {
	t.Parallel()
	r, err := Run(t.Context(), helper(t, "spin"), Options{})
	require.NoError(t, err)
	assert.Equal(t, 0, r.ExitCode)
	assert.Empty(t, r.Signal+r.Stopped+r.Stdout+r.Stderr)
	assert.GreaterOrEqual(t, r.Seconds, 0.2)
	assert.Greater(t, r.UserCPUSeconds+r.SystemCPUSeconds, 0.01)
	assert.Greater(t, r.MaxRSSBytes, int64(1<<20))
}

func TestShellCharactersAreInert(t *testing.T) {
	t.Parallel()
	args := []string{"a && touch pwned", "$(id)", "`id`", "*", "; exit 7", "", "two\nlines", "ünï"}
	r, err := Run(t.Context(), helper(t, "args", args...), Options{})
	require.NoError(t, err)
	var got []string
	require.NoError(t, json.Unmarshal([]byte(r.Stdout), &got))
	assert.Equal(t, args, got)
}

func TestEnvironmentIsTheJobsOwn(t *testing.T) {
	t.Setenv("SPOTGRID_QUEUE_URL", "nats://secret")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	temp := t.TempDir()
	spec := helper(t, "env")
	spec.Env["COLOUR"] = "blue = green"
	r, err := Run(t.Context(), spec, Options{TempDir: temp})
	require.NoError(t, err)
	got := map[string]string{}
	for line := range strings.Lines(r.Stdout) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		got[name] = value
	}
	home := got["HOME"]
	assert.Equal(t, temp, filepath.Dir(home))
	assert.Equal(t, map[string]string{
		"PATH": DefaultPath, "LANG": "C.UTF-8", "HOME": home, "TMPDIR": home,
		helperVar: "env", "GORACE": "atexit_sleep_ms=0", "COLOUR": "blue = green",
	}, got)
}

func TestWorkingDirectory(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	r, err := Run(t.Context(), helper(t, "pwd"), Options{TempDir: temp})
	require.NoError(t, err)
	assert.Equal(t, temp, filepath.Dir(strings.TrimSpace(r.Stdout)))
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	assert.Empty(t, left, "the temporary directory is removed")

	own := t.TempDir()
	spec := helper(t, "pwd")
	spec.Dir = own
	r, err = Run(t.Context(), spec, Options{TempDir: temp})
	require.NoError(t, err)
	assert.Equal(t, own+"\n", r.Stdout)
	assert.FileExists(t, filepath.Join(own, "left-behind"))
}

func TestWriteProtectedTemporaryDirectoryIsRemoved(t *testing.T) {
	t.Parallel()
	dir, err := newWorkDir("", t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(dir.path, "mod", "deep"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir.path, "mod", "deep", "f"), nil, 0o400))
	require.NoError(t, os.Chmod(filepath.Join(dir.path, "mod", "deep"), 0o500))
	require.NoError(t, os.Chmod(filepath.Join(dir.path, "mod"), 0o500))
	require.NoError(t, dir.remove())
	assert.NoDirExists(t, dir.path)
}

func TestStdin(t *testing.T) {
	t.Parallel()
	spec := helper(t, "cat")
	spec.Stdin = strings.Repeat("line with ünïcode\n", 20_000)
	r, err := Run(t.Context(), spec, Options{})
	require.NoError(t, err)
	assert.Equal(t, spec.Stdin, r.Stdout)

	unread := helper(t, "fail")
	unread.Stdin = strings.Repeat("x", 1<<20)
	_, err = Run(t.Context(), unread, Options{})
	assert.IsType(t, &ExitError{}, err, "input nobody reads is no trouble")
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	spec := helper(t, "fail")
	r, err := Run(t.Context(), spec, Options{})
	var exit *ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 3, exit.Code)
	assert.Equal(t, fmt.Sprintf("program %q exited with code 3: the disk is on fire", spec.Argv[0]), err.Error())
	assert.Equal(t, 3, r.ExitCode)
	assert.Equal(t, "first\nthe disk is on fire\n", r.Stderr)
	assert.Empty(t, r.Stdout)
}

func TestSignal(t *testing.T) {
	t.Parallel()
	r, err := Run(t.Context(), helper(t, "suicide"), Options{})
	var killed *SignalError
	require.ErrorAs(t, err, &killed)
	assert.Equal(t, syscall.SIGKILL, killed.Signal)
	assert.Contains(t, err.Error(), "was ended by SIGKILL")
	assert.Equal(t, -1, r.ExitCode)
	assert.Equal(t, "SIGKILL", r.Signal)
	assert.Empty(t, r.Stopped)
}

func TestCannotRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "plain")
	require.NoError(t, os.WriteFile(file, []byte("text"), 0o600))
	noInterpreter := filepath.Join(dir, "script")
	require.NoError(t, os.WriteFile(noInterpreter, []byte("#!/no/such/interpreter\n"), 0o700))
	garbage := filepath.Join(dir, "garbage")
	require.NoError(t, os.WriteFile(garbage, []byte("\x00\x01"), 0o700))
	for name, c := range map[string]struct {
		spec Spec
		want string
	}{
		"not in PATH":               {Spec{Argv: []string{"no-such-program"}}, `finding program "no-such-program" in PATH`},
		"only in the worker's PATH": {Spec{Argv: []string{"sh"}, Env: map[string]string{"PATH": "/nowhere:."}}, `in PATH "/nowhere:."`},
		"not executable, in PATH":   {Spec{Argv: []string{"plain"}, Env: map[string]string{"PATH": dir}}, "permission denied"},
		"missing, by path":          {Spec{Argv: []string{"/no/such/program"}}, "no such file or directory"},
		"missing, by relative path": {Spec{Argv: []string{"./program"}}, "no such file or directory"},
		"not executable":            {Spec{Argv: []string{file}}, "permission denied"},
		"a directory":               {Spec{Argv: []string{dir}}, "permission denied"},
		"interpreter missing":       {Spec{Argv: []string{noInterpreter}}, "no such file or directory"},
		"not a program":             {Spec{Argv: []string{garbage}}, "exec format error"},
		"directory missing":         {Spec{Argv: []string{"true"}, Dir: "/no/such/dir"}, `entering directory "/no/such/dir"`},
		"directory is a file":       {Spec{Argv: []string{"true"}, Dir: file}, "not a directory"},
		"an argument over 128 KiB":  {Spec{Argv: []string{"true", strings.Repeat("x", 200<<10)}}, "argument list too long"},
		"checked without a decoder": {Spec{}, "argv has 0 entries"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Run(t.Context(), c.spec, Options{})
			var unrunnable *UnrunnableError
			require.ErrorAs(t, err, &unrunnable)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestRelativeProgramIsFoundFromTheDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Symlink("/bin/echo", filepath.Join(dir, "say")))
	r, err := Run(t.Context(), Spec{Argv: []string{"./say", "hello"}, Dir: dir}, Options{})
	require.NoError(t, err)
	assert.Equal(t, "hello\n", r.Stdout)
}
