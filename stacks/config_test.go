package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// configFile reads a stack's configuration as the engine hands it over: texts
// as they are, everything else as JSON.
func configFile(t *testing.T, stack string) source {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("config", "Pulumi."+stack+".yaml"))
	require.NoError(t, err)
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(b, &file))
	s := source{}
	for key, value := range file.Config {
		if text, ok := value.(string); ok {
			s[key] = text
			continue
		}
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		s[key] = string(encoded)
	}
	return s
}

// set changes one value below a key, as `pulumi config set --path` does.
func (s source) set(t *testing.T, path string, value any) source {
	t.Helper()
	key, inner, nested := strings.Cut(path, ".")
	if !nested {
		s["spotgrid:"+key] = fmt.Sprint(value)
		return s
	}
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(s["spotgrid:"+key]), &object))
	object[inner] = value
	encoded, err := json.Marshal(object)
	require.NoError(t, err)
	s["spotgrid:"+key] = string(encoded)
	return s
}

// keys lists what is set.
func (s source) keys() []string {
	var keys []string
	for key := range s {
		keys = append(keys, key)
	}
	return keys
}

// cloudStacks are the stacks of config/ that a cloud is the target of.
func cloudStacks(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("config", "Pulumi.*.yaml"))
	require.NoError(t, err)
	var stacks []string
	for _, file := range files {
		stack := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
		if configFile(t, stack)["spotgrid:target"] != "local" {
			stacks = append(stacks, stack)
		}
	}
	require.NotEmpty(t, stacks)
	return stacks
}
