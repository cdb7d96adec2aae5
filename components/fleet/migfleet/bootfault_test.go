package migfleet_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// faults are what can go wrong, and in which step.
var faults = map[string]struct {
	spoil func(*sandbox)
	step  string
}{
	"no settings":        {func(s *sandbox) { s.fail = "spotgrid-boot-env" }, "asking for what to do"},
	"no unit":            {func(s *sandbox) { s.fail = "spotgrid-gone-service" }, "asking for what to do"},
	"no volume":          {func(s *sandbox) { s.fail = "mount " }, "mounting the volume"},
	"no program":         {func(s *sandbox) { s.fail = "storage.googleapis.com" }, "fetching the worker"},
	"another program":    {func(s *sandbox) { s.content = "#!/bin/false\n" }, "checking the worker"},
	"no group":           {func(s *sandbox) { s.fail = "groupadd" }, "installing the worker"},
	"no user":            {func(s *sandbox) { s.fail = "useradd" }, "installing the worker"},
	"a volume of others": {func(s *sandbox) { s.fail = "chown" }, "making the folder of the volume"},
	"units are not read": {func(s *sandbox) { s.fail = "daemon-reload" }, "starting the worker"},
	"worker fails":       {func(s *sandbox) { s.fail = startWorker }, "starting the worker"},
	"a setting is missing": {func(s *sandbox) {
		s.write("attributes/boot-env", "GROUP_MINIMUM=''\n")
	}, "mounting the volume"},
}

func TestAMachineThatCannotBecomeAWorkerSaysSoAndLeaves(t *testing.T) {
	t.Parallel()
	for name, c := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t)
			c.spoil(s)
			require.False(t, s.run())
			calls := s.calls()
			assert.Equal(t, []string{leaveCall("regions/europe-west1/instanceGroupManagers/spot-spot-0-1a2b3c4"), lastResort}, calls[len(calls)-2:], "the last thing it does")
			if s.fail != startWorker {
				assert.NotContains(t, calls, startWorker)
			}
			assert.Contains(t, s.read("dev/console"), "gave up while "+c.step)
			assert.Contains(t, lastEntry(t, s), "gave up while "+c.step)
		})
	}
}

// lastEntry is the last line that was sent to Cloud Logging.
func lastEntry(t *testing.T, s *sandbox) string {
	t.Helper()
	var sent struct {
		LogName  string
		Labels   map[string]string
		Resource struct {
			Type   string
			Labels map[string]string
		}
		Entries []struct{ Severity, TextPayload string }
	}
	require.NoError(t, json.Unmarshal([]byte(s.read("entries")), &sent), s.read("entries"))
	assert.Equal(t, "projects/acme-grid/logs/spotgrid-boot", sent.LogName)
	assert.Equal(t, map[string]string{"compute.googleapis.com/resource_name": "stack-spot-x1y2"}, sent.Labels, "as Compute Engine's own logs have it")
	assert.Equal(t, "gce_instance", sent.Resource.Type)
	assert.Equal(t, map[string]string{"project_id": "acme-grid", "instance_id": "4711", "zone": "europe-west1-c"}, sent.Resource.Labels)
	require.NotEmpty(t, sent.Entries)
	last := sent.Entries[len(sent.Entries)-1]
	assert.Equal(t, "ERROR", last.Severity)
	return last.TextPayload
}

func TestAMachineLeavesEvenWhenItsLogIsNotTaken(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.fail = "entries:write"
	s.content = "#!/bin/false\n"
	require.False(t, s.run())
	calls := s.calls()
	assert.Equal(t, lastResort, calls[len(calls)-1])
}

func TestAMachineWithoutMetadataIsSwitchedOff(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.fail = "metadata.google.internal"
	require.False(t, s.run())
	calls := s.calls()
	assert.Equal(t, powerOff, calls[len(calls)-1])
	assert.Contains(t, s.read("dev/console"), "gave up while asking for what to do")
}

func TestWhatMayTakeAWhileIsTriedAgain(t *testing.T) {
	t.Parallel()
	for fail, times := range map[string]int{"mount ": 8, "storage.googleapis.com": 2} {
		s := newSandbox(t)
		s.fail, s.failTimes = fail, times
		require.True(t, s.run(), "%s: %s", fail, s.read("run/spotgrid/boot.log"))
		assert.Equal(t, times, strings.Count(s.read("calls"), "sleep 10\n"), fail)
		assert.Contains(t, s.calls(), startWorker)
	}
}

func TestAMachineThatTakesTooLongLeaves(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.bootSeconds = 2
	s.write("bin/mount", "#!/bin/sh\nexec /bin/sleep 60\n")
	require.False(t, s.run())
	calls := s.calls()
	assert.Equal(t, lastResort, calls[len(calls)-1])
	assert.NotContains(t, calls, startWorker)
	assert.Contains(t, s.read("dev/console"), "gave up while mounting the volume, which took too long")
}

func TestTheScriptIsSound(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("bash", "-n", "boot.sh").CombinedOutput()
	assert.NoError(t, err, string(out))
	tool, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("shellcheck is not installed (Debian and Ubuntu: apt install shellcheck)")
	}
	out, err = exec.Command(tool, "boot.sh").CombinedOutput()
	assert.NoError(t, err, string(out))
}
