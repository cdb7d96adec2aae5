package command

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
)

func asType(err error, target any) bool { return errors.As(err, target) }

// keeper is a folder of secrets and variables with secrets.
func keeper(t *testing.T, files, variables map[string]string) map[string]Secrets {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	folder, err := OpenFolderSecrets(dir)
	require.NoError(t, err)
	lookup := func(name string) (string, bool) {
		value, ok := variables[name]
		return value, ok
	}
	return map[string]Secrets{"file": folder, "env": EnvironmentSecrets{lookup}}
}

func TestASecretReachesTheProgramAndNothingElse(t *testing.T) {
	t.Parallel()
	const token, key = "tok-3f9a8b7c6d", "key-line-1\nkey-line-2"
	o := Options{Secrets: keeper(t, map[string]string{"token": token + "\n", "key": key}, map[string]string{"SPOTGRID_SECRET_db": "postgres-password"})}
	log := &syncBuffer{}
	task := kindTask(`{"argv":["sh","-c","printf %s \"$TOKEN\" | wc -c; echo \"[$TOKEN]\"; echo \"$KEY\" >&2; echo $DB; exit 3"],
		"secrets":{"TOKEN":"file:token","KEY":"file:key","DB":"env:db"}}`, log)
	raw, err := NewKind(o).Run(t.Context(), task)
	require.ErrorAs(t, err, new(*ExitError))
	var r Result
	require.NoError(t, json.Unmarshal(raw, &r))
	assert.Equal(t, "14\n[[secret TOKEN]]\n[secret DB]\n", r.Stdout, "it had the value")
	assert.Equal(t, "[secret KEY]\n", r.Stderr)
	for _, shown := range []string{string(raw), log.String(), err.Error(), string(task.Payload)} {
		for _, secret := range []string{token, "key-line", "postgres-password"} {
			assert.NotContains(t, shown, secret)
		}
	}
	assert.Contains(t, log.String(), "[secret TOKEN]")
}

func TestASecretThatCannotBeHadRejectsTheJob(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", MaxSecretBytes+1)
	sources := keeper(t, map[string]string{"short": "1234567", "long": long, "nul": "12345678\x00"}, map[string]string{"AWS_SECRET_ACCESS_KEY": "the worker's own"})
	outside := filepath.Join(t.TempDir(), "outside")
	require.NoError(t, os.WriteFile(outside, []byte("not for jobs"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(sources["file"].(FolderSecrets).root.Name(), "link")))
	for name, c := range map[string]struct {
		payload string
		sources map[string]Secrets
		want    []string
	}{
		"no folder":      {`{"A":"file:a"}`, nil, []string{"SPOTGRID_SECRETS_DIR"}},
		"unknown scheme": {`{"A":"vault:a"}`, sources, []string{`none of scheme "vault", want one of env, file`}},
		"all at once":    {`{"A":"file:a","B":"file:b","C":"env:c"}`, sources, []string{`"file:a" for variable "A"`, `"file:b" for variable "B"`, "no variable SPOTGRID_SECRET_c"}},
		"a path":         {`{"A":"file:../a"}`, sources, []string{"its name is"}},
		"hidden":         {`{"A":"file:.a"}`, sources, []string{"its name is"}},
		"the worker's":   {`{"A":"env:AWS_SECRET_ACCESS_KEY"}`, sources, []string{"no variable SPOTGRID_SECRET_AWS_SECRET_ACCESS_KEY"}},
		"too short":      {`{"A":"file:short"}`, sources, []string{"its size is not in 8..16384 bytes"}},
		"too long":       {`{"A":"file:long"}`, sources, []string{"its size is not in 8..16384 bytes"}},
		"a NUL byte":     {`{"A":"file:nul"}`, sources, []string{"NUL byte"}},
		"no secrets":     {`{"A":"vault:a"}`, nil, []string{"this worker has no secrets"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := NewKind(Options{Secrets: c.sources}).Run(t.Context(), kindTask(`{"argv":["true"],"secrets":`+c.payload+`}`, &syncBuffer{}))
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			assert.True(t, job.IsRejected(err))
			assert.Nil(t, raw)
		})
	}
	_, err := NewKind(Options{Secrets: sources}).Run(t.Context(), kindTask(`{"argv":["true"],"secrets":{"A":"file:link"}}`, &syncBuffer{}))
	require.ErrorContains(t, err, "path escapes", "a link out of the folder is not followed")
}

type brokenStore struct{}

func (brokenStore) Get(context.Context, string) ([]byte, error) {
	return nil, errors.New("the store does not answer")
}

func TestASecretStoreThatIsDownIsTriedAgain(t *testing.T) {
	t.Parallel()
	_, err := NewKind(Options{Secrets: map[string]Secrets{"store": brokenStore{}}}).Run(t.Context(), kindTask(`{"argv":["true"],"secrets":{"A":"store:a"}}`, &syncBuffer{}))
	require.ErrorContains(t, err, "the store does not answer")
	assert.False(t, job.IsRejected(err))
}

func TestFolderOfSecretsMustBeThere(t *testing.T) {
	t.Parallel()
	_, err := OpenFolderSecrets("relative")
	require.ErrorContains(t, err, `"relative", want an absolute path`)
	_, err = OpenFolderSecrets("/no/such/folder")
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestSecretsAreTakenOutWhereverTheStreamIsCut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		secrets  map[string]string
		in, want string
	}{
		"one":                      {map[string]string{"A": "password1"}, "x password1 y", "x [secret A] y"},
		"twice in a row":           {map[string]string{"A": "password1"}, "password1password1", "[secret A][secret A]"},
		"a beginning that is none": {map[string]string{"A": "aaaaaaab"}, "aaaaaaaaaaaaab aaaa", "aaaaaa[secret A] aaaa"},
		"one in another":           {map[string]string{"A": "password1", "B": "password1-and-more"}, "password1-and-more password1-and", "[secret B] [secret A]-and"},
		"one that ends another":    {map[string]string{"A": "long-password1", "B": "password1"}, "long-password1 password1", "[secret A] [secret B]"},
		"overlapping":              {map[string]string{"A": "12345678", "B": "5678abcd"}, "12345678abcd", "[secret A]abcd"},
		"with a newline":           {map[string]string{"A": "line1\nline2"}, "line1\nline2\nline1\n", "[secret A]\nline1\n"},
		"none":                     {nil, "password1", "password1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for size := 1; size <= len(c.in); size++ {
				r, got := newRedactor(c.secrets), ""
				for rest := c.in; rest != ""; rest = rest[min(size, len(rest)):] {
					got += string(r.next([]byte(rest[:min(size, len(rest))])))
				}
				got += string(r.rest())
				assert.Equal(t, c.want, got, "parts of %d bytes", size)
			}
		})
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	for reference, isOne := range map[string]bool{
		"file:a": true, "aws-sm2:arn:aws:secretsmanager:x/y": true, "env:A_b-c.d": true,
		"": false, "file": false, "file:": false, ":a": false, "File:a": false, "fi le:a": false, "fi!le:a": false,
		"file:a b": false, "file:a\n": false, "file:ä": false, "file:a\x00b": false, "file:\xff": false,
		"file:" + strings.Repeat("a", 512): true, "file:" + strings.Repeat("a", 513): false,
		strings.Repeat("a", 33) + ":a": false,
	} {
		_, _, err := splitReference(reference)
		assert.Equal(t, isOne, err == nil, reference)
	}
	for name, isOne := range map[string]bool{
		"a": true, "A_b-c.d": true, "-a": true, "": false, ".a": false, "a/b": false, "a!b": false, "ä": false, "a\xffb": false,
		strings.Repeat("a", 128): true, strings.Repeat("a", 129): false,
	} {
		assert.Equal(t, isOne, checkSecretName(name) == nil, name)
	}
}

func FuzzRedactor(f *testing.F) {
	f.Add("password1", "xpassword1y", 3)
	f.Add("aaaaaaab", "aaaaaaaaaab", 1)
	f.Fuzz(func(t *testing.T, secret, text string, size int) {
		if len(secret) < MinSecretBytes || len(secret) > 100 || size < 1 || strings.Contains(secret, "[") || strings.Contains(secret, "]") {
			return
		}
		r, got := newRedactor(map[string]string{"A": secret}), ""
		for rest := text; rest != ""; rest = rest[min(size, len(rest)):] {
			got += string(r.next([]byte(rest[:min(size, len(rest))])))
		}
		got += string(r.rest())
		require.Equal(t, strings.ReplaceAll(text, secret, "[secret A]"), got)
	})
}
