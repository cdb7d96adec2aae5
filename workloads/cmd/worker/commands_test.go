package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCommandsFindTheSecretsOfTheSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "token"), []byte("tok-3f9a8b7c6d\n"), 0o600))
	lookup := func(name string) (string, bool) { return "value-of-it", name == "SPOTGRID_SECRET_db" }
	o, err := commandOptions(settings{SecretsDir: dir}, lookup, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	got, err := o.Secrets["file"].Get(t.Context(), "token")
	require.NoError(t, err)
	assert.Equal(t, "tok-3f9a8b7c6d", string(got))
	got, err = o.Secrets["env"].Get(t.Context(), "db")
	require.NoError(t, err)
	assert.Equal(t, "value-of-it", string(got))

	o, err = commandOptions(settings{}, lookup, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	assert.NotContains(t, o.Secrets, "file", "there is no default folder")
	_, err = commandOptions(settings{SecretsDir: "/no/such/folder"}, lookup, slog.New(slog.DiscardHandler))
	assert.ErrorContains(t, err, "SPOTGRID_SECRETS_DIR: opening the folder of secrets")
}

func TestFolderOfSecretsMustBeAbsolute(t *testing.T) {
	t.Parallel()
	_, err := parse(func(name string) (string, bool) { return "relative", name == "SPOTGRID_SECRETS_DIR" })
	assert.ErrorContains(t, err, `SPOTGRID_SECRETS_DIR: "relative", want an absolute path or nothing`)
}
