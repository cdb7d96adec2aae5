package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/volume"
)

func lookupIn(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}
}

func required(more map[string]string) map[string]string {
	env := map[string]string{
		"SPOTGRID_WORKER": "fleet-1", "SPOTGRID_QUEUE_URL": "nats://127.0.0.1:4222/jobs",
		"SPOTGRID_DEAD_LETTER_URL": "nats://127.0.0.1:4222/dead", "SPOTGRID_VOLUME_URL": "file:///mnt/grid",
	}
	for k, v := range more {
		env[k] = v
	}
	return env
}

func TestSettingsHaveDefaults(t *testing.T) {
	t.Parallel()
	s, err := parse(lookupIn(required(map[string]string{"SPOTGRID_SLOTS": "", "SPOTGRID_METADATA_URL": " "})))
	require.NoError(t, err)
	assert.Equal(t, settings{
		Worker: "fleet-1", QueueURL: "nats://127.0.0.1:4222/jobs", DeadLetterURL: "nats://127.0.0.1:4222/dead",
		VolumeURL: "file:///mnt/grid", Slots: 1, DrainSeconds: 20,
	}, s)
}

func TestSettingsAreRead(t *testing.T) {
	t.Parallel()
	s, err := parse(lookupIn(required(map[string]string{
		"SPOTGRID_SLOTS": "64", "SPOTGRID_DRAIN_SECONDS": "0", "SPOTGRID_METADATA_URL": "http://169.254.169.254",
		"SPOTGRID_LOG": "text", "SPOTGRID_LIFELINE": "stdin", "SPOTGRID_GROUP_URL": "asg://eu-central-1/workers?instance=i-01234567&hook=drain",
		"SPOTGRID_IDLE_SECONDS": "300",
	})))
	require.NoError(t, err)
	assert.Equal(t, 64, s.Slots)
	assert.Equal(t, 0, s.DrainSeconds)
	assert.Equal(t, 300, s.IdleSeconds)
	assert.Equal(t, "http://169.254.169.254", s.MetadataURL)
	assert.Equal(t, "asg://eu-central-1/workers?instance=i-01234567&hook=drain", s.GroupURL)
	assert.Equal(t, "text", s.LogFormat)
	assert.True(t, s.Lifeline)
}

func TestSettingsNameEveryFault(t *testing.T) {
	t.Parallel()
	_, err := parse(lookupIn(map[string]string{
		"SPOTGRID_WORKER": "a/b", "SPOTGRID_QUEUE_URL": "secret words", "SPOTGRID_SLOTS": "0", "SPOTGRID_DRAIN_SECONDS": "soon",
		"SPOTGRID_LOG": "xml", "SPOTGRID_LIFELINE": "stdout", "SPOTGRID_GROUP_URL": "workers",
		"SPOTGRID_IDLE_SECONDS": "90000", "SPOTGRID_METADATA_URL": "secret",
	}))
	require.Error(t, err)
	for _, want := range []string{
		"SPOTGRID_WORKER: want 1..128 of letters", "SPOTGRID_QUEUE_URL: not a URL", "SPOTGRID_DEAD_LETTER_URL is not set",
		"SPOTGRID_VOLUME_URL is not set", `SPOTGRID_SLOTS: "0", want a whole number 1..1024`,
		`SPOTGRID_DRAIN_SECONDS: "soon", want a whole number 0..3600`, `SPOTGRID_LOG: "xml", want json or text or nothing`,
		`SPOTGRID_LIFELINE: "stdout", want stdin or nothing`, "SPOTGRID_GROUP_URL: not a URL",
		`SPOTGRID_IDLE_SECONDS: "90000", want a whole number 0..86400`, "SPOTGRID_METADATA_URL: not a URL",
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.NotContains(t, err.Error(), "secret", "URLs may hold a secret")
}

func TestIdleSecondsNeedAGroup(t *testing.T) {
	t.Parallel()
	_, err := parse(lookupIn(required(map[string]string{"SPOTGRID_IDLE_SECONDS": "60"})))
	require.EqualError(t, err, "SPOTGRID_IDLE_SECONDS: there is no group to leave, want SPOTGRID_GROUP_URL")
}

func TestMetadataURLTellsTheShape(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]metadataURL{
		"http://169.254.169.254":                                  {base: "http://169.254.169.254"},
		"https://127.0.0.1:81/secret":                             {base: "https://127.0.0.1:81/secret"},
		"gce+http://metadata.google.internal":                     {isGCE: true, base: "http://metadata.google.internal"},
		"gce+http://metadata.google.internal/?notice_seconds=120": {isGCE: true, base: "http://metadata.google.internal/", noticeSeconds: 120},
		"gce+https://127.0.0.1:81/secret?notice_seconds=1":        {isGCE: true, base: "https://127.0.0.1:81/secret", noticeSeconds: 1},
	} {
		got, err := parseMetadata(raw)
		require.NoError(t, err, raw)
		assert.Equal(t, want, got)
	}
	for raw, want := range map[string]string{
		"gce://metadata.google.internal":                      "want http://host/path",
		"gce+gce+http://secret":                               "want http://host/path",
		"gce+http:///secret":                                  "want http://host/path",
		"ec2+http://secret":                                   "want http://host/path",
		"gce+http://secret?notice_seconds=121":                `parameter notice_seconds is ["121"], want a whole number 1..120`,
		"gce+http://secret?notice_seconds=1&notice_seconds=2": `parameter notice_seconds is ["1" "2"]`,
		"gce+http://secret?secret=1":                          "it has a parameter that is unknown, want notice_seconds",
		"gce+http://secret?%zz":                               "parameters: ",
	} {
		_, err := parseMetadata(raw)
		require.ErrorContains(t, err, want, raw)
		assert.NotContains(t, err.Error(), "secret")
	}
}

func TestHelpListsEverySettingWithItsDefault(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.Equal(t, exitDrained, run([]string{"--help"}, lookupIn(nil), &out, nil))
	for _, one := range known {
		assert.Contains(t, out.String(), one.name)
		assert.Contains(t, out.String(), one.help)
	}
	assert.Contains(t, out.String(), "SPOTGRID_SLOTS (default 1)")
	assert.Contains(t, out.String(), "SPOTGRID_WORKER (required)")
	assert.Contains(t, out.String(), "Exit codes: 0 drained, 1 error, 2 bad settings.")
}

func TestInitVolumeMakesTheFolderOfTheSettingsAVolume(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "grid")
	env := lookupIn(map[string]string{"SPOTGRID_VOLUME_URL": "file://" + path})
	errs, err := os.Create(filepath.Join(t.TempDir(), "errs"))
	require.NoError(t, err)
	defer errs.Close()
	for range 2 {
		assert.Equal(t, exitDrained, run([]string{"init-volume"}, env, io.Discard, errs))
	}
	_, err = volume.Open("file://" + path)
	require.NoError(t, err)

	assert.Equal(t, exitError, run([]string{"init-volume"}, lookupIn(nil), io.Discard, errs))
	said, err := os.ReadFile(errs.Name())
	require.NoError(t, err)
	assert.Equal(t, "worker: SPOTGRID_VOLUME_URL: scheme is \"\", want file\n", string(said))
}
