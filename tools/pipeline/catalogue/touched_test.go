package catalogue

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAChangeTouchesTheStacksItCanChange(t *testing.T) {
	t.Parallel()
	c, err := Load(root)
	require.NoError(t, err)
	all := strings.Join(c.Names(), " ")
	aws, gcp := "aws-dev aws-prod multicloud", "gcp-dev gcp-prod multicloud"
	cases := map[string]struct {
		files []string
		want  string
	}{
		"nothing":                     {nil, ""},
		"texts":                       {[]string{"README.md", "docs/aws-grid.md", "tools/README.md"}, ""},
		"tests and what they compare": {[]string{"stacks/preview_test.go", "stacks/testdata/preview/aws-dev.golden"}, ""},
		"one config":                  {[]string{"stacks/config/Pulumi.aws-prod.yaml"}, "aws-prod"},
		"two configs and a text":      {[]string{"stacks/config/Pulumi.gcp-dev.yaml", "docs/x.md", "stacks/config/Pulumi.local.yaml"}, "gcp-dev local"},
		"a config without a stack":    {[]string{"stacks/config/Pulumi.gone.yaml"}, all},
		"another file beside configs": {[]string{"stacks/config/defaults.json"}, all},
		"a driver of AWS":             {[]string{"components/queue/sqsqueue/sqsqueue.go"}, aws},
		"a driver of Google Cloud":    {[]string{"components/fleet/migfleet/boot.sh"}, gcp},
		"drivers of both":             {[]string{"components/queue/sqsqueue/a.go", "components/queue/pubsubqueue/a.go"}, "aws-dev aws-prod gcp-dev gcp-prod multicloud"},
		"a folder that begins alike":  {[]string{"components/queue/sqsqueue2/a.go"}, all},
		"a portable type":             {[]string{"components/queue/queue.go"}, all},
		"what runs on machines":       {[]string{"workloads/worker/run.go"}, all},
		"a dependency":                {[]string{"go.sum"}, all},
		"a file nobody thought of":    {[]string{"new/thing.xyz"}, all},
		"a pipeline":                  {[]string{".github/workflows/deploy.yml"}, all},
		"a text that is no document":  {[]string{"workloads/wiki/page.md"}, all},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, touch := range c.Touched(tc.files) {
				got = append(got, touch.Stack.Name)
				assert.Contains(t, tc.files, touch.File)
			}
			assert.Equal(t, tc.want, strings.Join(got, " "))
		})
	}
}

func TestTheFirstFileThatTouchesAStackIsNamed(t *testing.T) {
	t.Parallel()
	c := Catalogue{{Name: "a"}, {Name: "b"}}
	got := c.Touched([]string{"docs/x.md", "stacks/config/Pulumi.b.yaml", "go.mod", "go.sum"})
	assert.Equal(t, []Touch{{c[0], "go.mod"}, {c[1], "stacks/config/Pulumi.b.yaml"}}, got)
}

// TestNoGridImportsTheDriversOfAnotherCloud holds the table against the import
// graph: a change below a folder of one cloud cannot reach another's grid.
func TestNoGridImportsTheDriversOfAnotherCloud(t *testing.T) {
	t.Parallel()
	grids := map[string]string{"aws": "./components/grid/awsgrid", "gcp": "./components/grid/gcpgrid"}
	for cloud, dirs := range only {
		for _, dir := range dirs {
			assert.DirExists(t, filepath.Join(root, dir))
		}
		others := []string{"list", "-deps", "./components/grid/localgrid"}
		for other, grid := range grids {
			if other != cloud {
				others = append(others, grid)
			}
		}
		cmd := exec.Command("go", others...)
		cmd.Dir = root
		out, err := cmd.Output()
		require.NoError(t, err)
		imported := strings.Split(string(out), "\n")
		require.Greater(t, len(imported), 50)
		for _, dir := range dirs {
			assert.NotContains(t, imported, "github.com/spotgrid/spotgrid/"+dir)
		}
	}
}
