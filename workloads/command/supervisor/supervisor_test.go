package supervisor_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/command"
	"github.com/spotgrid/spotgrid/workloads/command/supervisor"
)

// TestMain enters only where it is told to, so that the tests can be run by an
// executable that does not.
func TestMain(m *testing.M) {
	if os.Getenv("SUPERVISOR_TEST") == "enter" {
		supervisor.Enter()
	}
	os.Exit(m.Run())
}

func TestAnExecutableThatDoesNotEnterIsNotStartedAgain(t *testing.T) {
	t.Parallel()
	_, err := command.Run(t.Context(), command.Spec{Argv: []string{"true"}}, command.Options{})
	assert.EqualError(t, err, "starting the program's supervisor: this executable's main does not call supervisor.Enter")
}

func TestASupervisorWithoutOrdersSaysWhoGivesThem(t *testing.T) {
	t.Parallel()
	for name, order := range map[string]string{"none": "", "no JSON": "run"} {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		_, err = w.WriteString(order)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		cmd := exec.Command("/proc/self/exe", supervisor.Argument)
		cmd.Env = []string{"SUPERVISOR_TEST=enter"}
		cmd.ExtraFiles = []*os.File{r}
		var said strings.Builder
		cmd.Stderr = &said
		err = cmd.Run()
		require.NoError(t, r.Close())
		assert.Equal(t, 1, cmd.ProcessState.ExitCode(), name)
		require.Error(t, err)
		assert.Contains(t, said.String(), "supervise-command is for workers", name)
	}
}
