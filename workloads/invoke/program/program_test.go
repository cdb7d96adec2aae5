package program_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/invoke"
	"github.com/spotgrid/spotgrid/workloads/invoke/invoketest"
	"github.com/spotgrid/spotgrid/workloads/invoke/program"
)

func TestMain(m *testing.M) {
	invoketest.Play()
	os.Exit(m.Run())
}

// log is a buffer that may be read while it is written.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func open(t *testing.T, path string) (*program.Driver, *log) {
	t.Helper()
	l := &log{}
	d, err := program.New(program.Options{Path: path, TimeoutSeconds: invoketest.TimeoutSeconds, Log: l})
	require.NoError(t, err)
	return d, l
}

func TestConformance(t *testing.T) {
	t.Parallel()
	invoketest.Run(t, func(t *testing.T) invoketest.Harness {
		d, l := open(t, os.Args[0])
		t.Cleanup(func() { assert.NoError(t, d.Close()) })
		return invoketest.Harness{Driver: d, Function: program.Name, Log: l.String}
	})
}

// script makes a program that is no function.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700))
	return path
}

func TestAProgramThatIsNoFunctionIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want, log string }{
		"it ends":       {"echo no settings >&2; exit 2", "ended before it took the call (exit status 2)", "no settings\n"},
		"it never asks": {"exec sleep 60", "is it built on a Lambda runtime", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, l := open(t, script(t, c.text))
			_, err := invoke.New(d, map[string]string{"f": program.Name}).Invoke(t.Context(), "f", []byte("{}"), time.Minute)
			assert.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "/dev/fd")
			require.NoError(t, d.Close())
			assert.Equal(t, c.log, l.String(), "everything it printed, when it is closed")
		})
	}
}

func TestNothingIsLeftOfACancelledCall(t *testing.T) {
	t.Parallel()
	path := script(t, "sleep 77.7531 & echo started; wait")
	d, l := open(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := d.Invoke(ctx, program.Name, []byte("{}"))
		ended <- err
	}()
	require.Eventually(t, func() bool { return l.String() == "started\n" }, 10*time.Second, time.Millisecond)
	cancel()
	assert.ErrorIs(t, <-ended, context.Canceled)
	require.NoError(t, d.Close())
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	for _, file := range files {
		line, _ := os.ReadFile(file)
		assert.NotContains(t, string(line), "77.7531", "what it started is gone too")
		assert.NotContains(t, string(line), path)
	}
}

func TestWhatCannotBeRunIsRefused(t *testing.T) {
	t.Parallel()
	plain := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(plain, []byte("text"), 0o600))
	for _, c := range []struct {
		path    string
		seconds int
		want    string
	}{
		{"/nowhere/program", 1, "/nowhere/program"},
		{t.TempDir(), 1, "it is a folder"},
		{plain, 1, "not executable"},
		{os.Args[0], 0, "0 s, want 1..900"},
		{os.Args[0], 901, "901 s, want 1..900"},
	} {
		_, err := program.New(program.Options{Path: c.path, TimeoutSeconds: c.seconds})
		assert.ErrorContains(t, err, c.want)
	}
}
