// Package tools_test tests the script ensure-pulumi: which Pulumi it chooses,
// what it builds and when, and what it says when that fails.
package tools_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var builtFiles = []string{".pulumi-language-go.sum", "pulumi", "pulumi-language-go"}

func TestChoice(t *testing.T) {
	t.Parallel()
	const builds = "building Pulumi v3.259.0 and a Go language host into bin/, because "
	for name, test := range map[string]struct {
		version  string
		withHost bool
		reason   string // why it builds; empty: it links
	}{
		"no pulumi":                 {reason: "there is no pulumi on PATH."},
		"too old":                   {version: "v3.257.9", withHost: true, reason: "is 3.257.9, older than 3.258.0."},
		"much too old":              {version: "v2.300.0", withHost: true, reason: "is 2.300.0, older than 3.258.0."},
		"compared as numbers":       {version: "v3.1000.0", withHost: true},
		"just new enough":           {version: "v3.258.0", withHost: true},
		"a development version":     {version: "v3.300.1-dev.12+dirty", withHost: true},
		"a later major version":     {version: "v4.0.0", withHost: true},
		"new without a host":        {version: "v3.259.0", reason: "3.259.0 has no Go language host (pulumi-language-go) beside it or on PATH."},
		"something else altogether": {version: "hello", withHost: true, reason: "is of no known version, older than 3.258.0."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			var own string
			if test.version != "" {
				own = s.pulumi("own", test.version, test.withHost)
			}
			shown := s.run(true)
			if test.reason == "" {
				assert.Contains(t, shown, "bin/pulumi is now a link to "+own)
				target, err := os.Readlink(s.bin("pulumi"))
				require.NoError(t, err)
				assert.Equal(t, own, target)
				assert.Empty(t, s.builds())
				assert.Equal(t, []string{"pulumi"}, s.files())
			} else {
				assert.Contains(t, shown, builds)
				assert.Contains(t, shown, test.reason)
				assert.Contains(t, shown, "This takes two to four minutes")
				assert.Equal(t, "v3.259.0", s.binVersion())
				assert.Len(t, s.builds(), 2)
				assert.Equal(t, builtFiles, s.files())
			}
			assert.Empty(t, s.run(true), "the second time there is nothing to do or to say")
			assert.Empty(t, s.builds())
		})
	}
}

func TestHostMayLieElsewhere(t *testing.T) {
	t.Parallel()
	t.Run("on PATH", func(t *testing.T) {
		t.Parallel()
		s := newSandbox(t)
		own := s.pulumi("own", "v3.260.0", false)
		s.path = append(s.path, filepath.Dir(s.write("hosts/pulumi-language-go", "#!/bin/sh\n")))
		assert.Contains(t, s.run(true), "link to "+own)
	})
	t.Run("beside the file that a link leads to", func(t *testing.T) {
		t.Parallel()
		s := newSandbox(t)
		s.pulumi("own", "v3.260.0", true)
		links := filepath.Join(filepath.Dir(s.root), "links")
		require.NoError(t, os.Mkdir(links, 0o755))
		require.NoError(t, os.Symlink("../own/pulumi", filepath.Join(links, "pulumi")))
		s.path[0] = links
		assert.Contains(t, s.run(true), "link to "+links+"/pulumi")
	})
	t.Run("a later pulumi on PATH may be the suitable one", func(t *testing.T) {
		t.Parallel()
		s := newSandbox(t)
		suitable := s.pulumi("own", "v3.260.0", true)
		s.pulumi("old", "v3.100.0", false)
		assert.Contains(t, s.run(true), "link to "+suitable)
	})
}

// What the script put into bin/ itself must never count as the user's pulumi,
// however PATH leads there.
func TestOwnBinOnPATH(t *testing.T) {
	t.Parallel()
	for name, entry := range map[string]func(s *sandbox) string{
		"absolute":    func(s *sandbox) string { return filepath.Join(s.root, "bin") },
		"relative":    func(*sandbox) string { return "bin" },
		"with dots":   func(s *sandbox) string { return s.root + "/tools/../bin/" },
		"by dir link": func(s *sandbox) string { return s.link(filepath.Join(s.root, "bin"), "bin") },
		"by file link": func(s *sandbox) string {
			return filepath.Dir(s.link(s.bin("pulumi"), "pulumi"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			s.run(true)
			require.Len(t, s.builds(), 2)
			s.path = append([]string{entry(s)}, s.path...)
			assert.Empty(t, s.run(true), "what it built stays")

			// A Pulumi comes, goes through a link, and goes away again.
			own := s.pulumi("own", "v3.260.0", true)
			assert.Contains(t, s.run(true), "link to "+own)
			assert.Equal(t, []string{"pulumi"}, s.files(), "the host built here must not stand in its way")
			assert.Empty(t, s.run(true), "a link that leads back to itself must not come about")
			assert.Equal(t, "v3.260.0", s.binVersion())
			require.NoError(t, os.Remove(own))
			assert.Contains(t, s.run(true), "because there is no pulumi on PATH.")
			assert.Equal(t, "v3.259.0", s.binVersion())
		})
	}
}

func TestRebuildsWhatIsOutOfDate(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.run(true)
	first := s.builds()
	require.Len(t, first, 2)
	assert.Contains(t, first[0], "-ldflags -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0 github.com/pulumi/pulumi/pkg/v3/cmd/pulumi")
	assert.Contains(t, first[1], " ./pulumi-language-go")

	s.write("repo/tools/pulumi-language-go/main_test.go", "package main // changed\n")
	assert.Empty(t, s.run(true), "tests are no part of the host")

	s.write("repo/tools/pulumi-language-go/main.go", "package main // changed\n")
	assert.Contains(t, s.run(true), "building the Go language host")
	require.Len(t, s.builds(), 1, "the CLI stays")

	s.pin("v3.261.0")
	assert.Contains(t, s.run(true), "building Pulumi v3.261.0")
	require.Len(t, s.builds(), 2)
	assert.Equal(t, "v3.261.0", s.binVersion())

	require.NoError(t, os.Remove(s.bin("pulumi-language-go")))
	s.run(true)
	assert.Len(t, s.builds(), 1)
	require.NoError(t, os.WriteFile(s.bin("pulumi"), []byte("half a file"), 0o755))
	s.run(true)
	assert.Equal(t, "v3.261.0", s.binVersion())
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(s *sandbox)
		says    []string
	}{
		"no go": {
			prepare: func(s *sandbox) { require.NoError(s.t, os.Remove(filepath.Join(s.gobi, "go"))) },
			says:    []string{"there is no go on PATH", "Install Go 1.26 or later"},
		},
		"go too old": {
			prepare: func(s *sandbox) { s.write("go/goversion", "go1.25.7\n") },
			says:    []string{"building needs Go 1.26 or later", "says: go1.25.7", "Install a later Go"},
		},
		"no network": {
			prepare: func(s *sandbox) { s.write("go/gofails", "go: x@v1: dial tcp: lookup proxy: no such host\n") },
			says: []string{
				"lookup proxy: no such host", "go could not download a module", "GOPROXY (now /the/GOPROXY)", "run this again",
			},
		},
		"disk full": {
			prepare: func(s *sandbox) { s.write("go/gofails", "write /x: no space left on device\n") },
			says:    []string{"a disk is full", "/the/GOCACHE", "/the/GOMODCACHE", "Make room and run this again"},
		},
		"source that does not compile": {
			prepare: func(s *sandbox) { s.write("go/gofails", "./main.go:3:9: undefined: x\n") },
			says:    []string{"undefined: x", "building pulumi v3.259.0 failed: see go's messages above"},
		},
		"a go.mod without Pulumi": {
			prepare: func(s *sandbox) { s.write("repo/tools/go.mod", "module tools\n\ngo 1.26\n") },
			says:    []string{"tools/go.mod names no version of github.com/pulumi/pulumi/pkg/v3"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			test.prepare(s)
			shown := s.run(false)
			for _, text := range test.says {
				assert.Contains(t, shown, text)
			}
			assert.Empty(t, s.files(), "nothing half done is left")
		})
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	assert.Contains(t, s.run(true, "--help"), "Usage: tools/ensure-pulumi [--help]")
	assert.Contains(t, s.run(false, "--force"), "unknown argument: --force")
	assert.NoDirExists(t, filepath.Join(s.root, "bin"))
}

func TestInterruptLeavesBinAsItWas(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.run(true)
	s.pin("v3.261.0")
	s.write("go/gohangs", "")
	// As a run that was killed leaves it: no process has this number.
	s.write("repo/bin/.ensure-pulumi.4194305.pulumi", "half a file")

	cmd := s.command()
	var shown bytes.Buffer
	cmd.Stdout, cmd.Stderr = &shown, &shown
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(s.gobi, "hanging"))
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	err := cmd.Wait()

	var exited *exec.ExitError
	require.ErrorAs(t, err, &exited)
	assert.Equal(t, 130, exited.ExitCode(), shown.String())
	assert.Contains(t, shown.String(), "interrupted; bin/ is as it was before")
	assert.Equal(t, "v3.259.0", s.binVersion())
	assert.Equal(t, builtFiles, s.files())
}
