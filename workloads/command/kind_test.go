package command

import (
	"encoding/json"
	"log/slog"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
)

func kindTask(payload string, log *syncBuffer) job.Task {
	return job.Task{Payload: json.RawMessage(payload), Output: log, Log: slog.New(slog.DiscardHandler)}
}

func TestKind(t *testing.T) {
	t.Parallel()
	k, log := NewKind(Options{}), &syncBuffer{}
	assert.Equal(t, "command", k.Name())
	raw, err := k.Run(t.Context(), kindTask(`{"argv":["sh","-c","echo out; echo err >&2; exit 4"]}`, log))
	var exit *ExitError
	require.ErrorAs(t, err, &exit)
	assert.False(t, job.IsRejected(err), "a program that fails is tried again")
	var r Result
	require.NoError(t, job.DecodeStrict(raw, &r), "the record has the result beside the error")
	assert.Equal(t, []any{4, "out\n", "err\n"}, []any{r.ExitCode, r.Stdout, r.Stderr})
	assert.Contains(t, log.String(), "out\n")
	assert.Contains(t, log.String(), "err\n")

	raw, err = k.Run(t.Context(), kindTask(`{"argv":["no-such-program"]}`, log))
	assert.True(t, job.IsRejected(err))
	assert.Nil(t, raw)
	_, err = k.Run(t.Context(), kindTask(`{"argv":[]}`, log))
	assert.True(t, job.IsRejected(err))
}

func TestPayloadFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload string
		want    []string
	}{
		"all at once": {
			`{"argv":["","a\u0000b"],"env":{"":"x","A=B":"y","C":"\u0000"},"dir":"relative","max_output_bytes":-1}`,
			[]string{"argv[0] is empty", "argv[1] has a NUL byte", `env has the name ""`, `env has the name "A=B"`,
				`env["C"] has a NUL byte`, `dir is "relative"`, "max_output_bytes is -1, want 0..67108864"},
		},
		"files and limits": {
			`{"argv":["x"],"limits":{"cpu_seconds":-1,"cpus":0.001,"memory_mib":1,"file_mib":99999999,"processes":-2,"open_files":7},
			"inputs":[{"from":"../a","to":"/b"},{"from":""}],"outputs":["/etc/*","[","a/../../b","./a"],"output_folder":"..","stdin":"a","stdin_file":"/x","stdin_base64":"AA=="}`,
			[]string{"limits.cpu_seconds is -1, want 1..10000000", "limits.cpus is 0.001, want 0.01..4096", "limits.memory_mib is 1, want 4..16777216",
				"limits.file_mib is 99999999", "limits.processes is -2", "limits.open_files is 7, want 8..1048576",
				`inputs[0].from is "../a", want a relative path`, `inputs[0].to is "/b"`, `inputs[1].from is ""`, `outputs[0] is "/etc/*"`,
				`outputs[1] is "[" is not a pattern`, `outputs[2] is "a/../../b"`, `outputs[3] is "./a", want "a"`, `output_folder is ".."`, `stdin_file is "/x"`, "stdin is given 3 times"},
		},
		"secrets": {
			`{"argv":["x"],"env":{"A":"b"},"secrets":{"A":"file:a","":"env:x","B":"hunter2hunter2"}}`,
			[]string{`"A" is in env and in secrets`, `secrets has the name ""`, `secrets["B"] is no reference`},
		},
		"two inputs in one place":   {`{"argv":["x"],"inputs":[{"from":"a"},{"from":"b","to":"./a"}]}`, []string{`inputs[1] goes to "./a", where inputs[0] goes too`}},
		"outputs without a pattern": {`{"argv":["x"],"output_folder":"a"}`, []string{"output_folder is given without outputs"}},
		"stdin that is no base64":   {`{"argv":["x"],"stdin_base64":"?"}`, []string{"decoding payload"}},
		"no argv":                   {`{}`, []string{"argv has 0 entries, want 1..1024"}},
		"too many arguments":        {`{"argv":["x"` + strings.Repeat(`,"y"`, 1024) + `]}`, []string{"argv has 1025 entries"}},
		"too much output":           {`{"argv":["x"],"max_output_bytes":67108865}`, []string{"max_output_bytes is 67108865"}},
		"a shell line":              {`{"argv":"echo hello"}`, []string{"decoding payload", "argv"}},
		"unknown field":             {`{"argv":["x"],"shell":true}`, []string{`unknown field "shell"`}},
		"null":                      {`null`, []string{"argv has 0 entries"}},
		"empty":                     {``, []string{"payload is empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := NewKind(Options{}).Check(json.RawMessage(c.payload))
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestAFaultyReferenceIsNotRepeated(t *testing.T) {
	t.Parallel()
	err := NewKind(Options{}).Check(json.RawMessage(`{"argv":["x"],"secrets":{"B":"hunter2hunter2"}}`))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hunter2", "it may be the secret itself")
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"argv":["true"]}`, `{"argv":["sh","-c","exit 1"],"env":{"A":"b"},"dir":"/tmp","stdin":"x","max_output_bytes":0}`,
		`{"argv":["x"],"limits":{"cpus":1e-300,"memory_mib":4},"inputs":[{"from":"a/b","to":"c"}],"outputs":["a/[b-c]*"],"output_folder":"o"}`,
		`{"argv":["x"],"secrets":{"A":"file:b"},"stdin_base64":"AAE="}`, `{"argv":["x"],"outputs":["..","a/../..","\\","a\u0000"],"stdin_file":"../x"}`,
		`{"argv":["\u0000"]}`, `{"argv":[""]}`, `[]`, `{"env":{"=":""}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		s, err := Parse(payload)
		if err != nil {
			return
		}
		require.NotEmpty(t, s.Argv)
		require.NotEmpty(t, s.Argv[0])
		require.NotContains(t, strings.Join(s.Argv, ""), "\x00")
		encoded, err := json.Marshal(s)
		require.NoError(t, err)
		again, err := Parse(encoded)
		require.NoError(t, err)
		require.Equal(t, s.Argv, again.Argv)
		require.Equal(t, s.outputLimit(), again.outputLimit())
		require.Equal(t, s.Limits, again.Limits)
		require.Equal(t, append([]Input(nil), s.Inputs...), append([]Input(nil), again.Inputs...))
		for _, in := range s.Inputs {
			require.True(t, filepath.IsLocal(in.From) && filepath.IsLocal(in.to()))
		}
		for _, pattern := range s.Outputs {
			require.True(t, filepath.IsLocal(pattern))
			_, err := path.Match(pattern, "name")
			require.NoError(t, err)
		}
	})
}
