package catalogue

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../../.."

func TestTheCatalogueSaysTheCloudsOfEachStacksTarget(t *testing.T) {
	t.Parallel()
	c, err := Load(root)
	require.NoError(t, err)
	target := regexp.MustCompile(`(?m)^ +spotgrid:target: (\w+)`)
	want := map[string][]string{"local": nil, "aws": {"aws"}, "gcp": {"gcp"}, "multicloud": {"aws", "gcp"}}
	for _, s := range c {
		b, err := os.ReadFile(filepath.Join(root, "stacks", "config", "Pulumi."+s.Name+".yaml"))
		require.NoError(t, err)
		found := target.FindSubmatch(b)
		require.NotNil(t, found, s.Name)
		assert.Equal(t, want[string(found[1])], s.Clouds, s.Name)
	}
	for _, ring := range Rings {
		assert.NotEmpty(t, c.Ring(ring), ring)
	}
}

func TestOnlyTheFirstRingIsDeployedUnapproved(t *testing.T) {
	t.Parallel()
	for ring, want := range map[string]bool{"": false, "dev": false, "staging": true, "prod": true} {
		assert.Equal(t, want, Stack{Ring: ring}.Approved(), "ring %q", ring)
	}
}

func TestACatalogueIsRefusedWithAllItsFaults(t *testing.T) {
	t.Parallel()
	_, err := parse([]byte(`stacks:
  a: {ring: beta, clouds: [azure], smoke: call}
  b: {ring: dev}
  c: {smoke: jobs}
`))
	for _, want := range []string{
		`stack "a": ring is "beta", want dev, staging, prod`, `stack "a": clouds is "azure", want aws, gcp`,
		`stack "b": smoke is "", want call, jobs`, `stack "c": smoke is "jobs", want none`,
	} {
		assert.ErrorContains(t, err, want)
	}
	_, err = parse([]byte("stacks: {a: {rnig: dev}}"))
	assert.ErrorContains(t, err, "rnig")
}

func TestStacksAndTheirConfigsMustMatch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write(File, "stacks: {gone: {}}")
	write("stacks/config/Pulumi.new.yaml", "")
	_, err := Load(dir)
	assert.ErrorContains(t, err, `stack "new" has no entry`)
	assert.ErrorContains(t, err, `stack "gone" has no stacks/config/Pulumi.gone.yaml`)
}

func TestUnknownStacksAreNamedTogether(t *testing.T) {
	t.Parallel()
	c := Catalogue{{Name: "a"}, {Name: "b"}}
	kept, err := c.Only([]string{"b", "x", "y"})
	assert.Equal(t, []string{"b"}, kept.Names())
	assert.ErrorContains(t, err, `stack "x" is not known, want one of a, b`)
	assert.ErrorContains(t, err, `stack "y"`)
	assert.True(t, slices.Equal(c.Names(), []string{"a", "b"}))
}
