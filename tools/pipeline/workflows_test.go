package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

const workflowsFolder = "../../.github"

func workflowFiles(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, pattern := range []string{"workflows/*", "actions/*/*"} {
		found, err := filepath.Glob(filepath.Join(workflowsFolder, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, found, pattern)
		for _, f := range found {
			b, err := os.ReadFile(f)
			require.NoError(t, err)
			files[filepath.ToSlash(strings.TrimPrefix(f, workflowsFolder+"/"))] = b
		}
	}
	return files
}

func TestEveryWorkflowKeepsTheRules(t *testing.T) {
	t.Parallel()
	for name, b := range workflowFiles(t) {
		assert.Empty(t, faults(b), name)
	}
}

// TestEveryPinSaysItsVersion: a digest alone tells a reader nothing, and one
// action is pinned once.
func TestEveryPinSaysItsVersion(t *testing.T) {
	t.Parallel()
	uses := regexp.MustCompile(`(?m)^ *(?:- )?uses: ([^.\s][^@\s]*)@(\S+)(.*)$`)
	version := regexp.MustCompile(`^ # v\d+\.\d+\.\d+$`)
	pins := map[string]string{}
	for name, b := range workflowFiles(t) {
		for _, m := range uses.FindAllStringSubmatch(string(b), -1) {
			assert.Regexp(t, version, m[3], "%s: %s", name, m[1])
			if pins[m[1]] != "" {
				assert.Equal(t, pins[m[1]], m[2]+m[3], "%s pins %s otherwise", name, m[1])
			}
			pins[m[1]] = m[2] + m[3]
		}
	}
	assert.GreaterOrEqual(t, len(pins), 8)
}

func TestEveryTargetThatAWorkflowMakesIsThere(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../Makefile")
	require.NoError(t, err)
	made := 0
	for name, file := range workflowFiles(t) {
		for _, m := range regexp.MustCompile(`run: make ([a-z-]+)`).FindAllStringSubmatch(string(file), -1) {
			made++
			assert.Regexp(t, `(?m)^`+m[1]+`:`, string(b), name)
		}
	}
	assert.GreaterOrEqual(t, made, 12)
}

func TestThePipelineThatDeploysGoesFromRingToRing(t *testing.T) {
	t.Parallel()
	var w struct{ Jobs map[string]yaml.Node }
	require.NoError(t, yaml.Unmarshal(workflowFiles(t)["workflows/deploy.yml"], &w))
	for ring, needs := range map[string][]string{"dev": {"check", "build"}, "staging": {"check", "build", "dev"}, "prod": {"check", "build", "dev", "staging"}} {
		var j struct {
			Needs []string
			Uses  string
			With  map[string]string
		}
		node := w.Jobs[ring]
		require.NoError(t, node.Decode(&j), ring)
		assert.Equal(t, needs, j.Needs, ring)
		assert.Equal(t, "./.github/workflows/deploy-stack.yml", j.Uses)
		assert.Equal(t, "${{ needs.build.outputs.digest }}", j.With["digest"], "every ring gets the one release that was built")
	}
}

func TestAWorkflowThatBreaksARuleIsFound(t *testing.T) {
	t.Parallel()
	const top = "on: pull_request\npermissions: {}\njobs:\n  j:\n    timeout-minutes: 5\n    permissions: {contents: read}\n    steps:\n"
	for want, text := range map[string]string{
		"permissions at the top are not {}":              "on: push\njobs: {j: {permissions: {}, timeout-minutes: 1}}",
		"job j: it has no permissions of its own":        "on: push\npermissions: {}\njobs: {j: {timeout-minutes: 1}}",
		"job j: no timeout-minutes":                      "on: push\npermissions: {}\njobs: {j: {permissions: {}}}",
		"pull_request_target runs a fork's pull request": "on: [pull_request_target]\npermissions: {}",
		"it names secrets":                               top + "      - run: make ci\n        env: {K: '${{ secrets.KEY }}'}",
		`"actions/checkout@v7" is not pinned`:            top + "      - uses: actions/checkout@v7",
		"a checkout keeps its token":                     top + "      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
		`run "make ci && curl x" is not one make target`: top + "      - run: make ci && curl x",
		"is not one make target or bin/spotgrid":         top + "      - run: make preview STACK=${{ github.head_ref }}",
		"input aws-secret-access-key is for a stored":    top + "      - uses: a/b@3d3c42e5aac5ba805825da76410c181273ba90b1\n        with: {aws-secret-access-key: x}",
		"a fork gets the right id-token: write":          strings.Replace(top, "contents: read", "id-token: write", 1),
		"a fork reaches an environment":                  strings.Replace(top, "    steps", "    environment: prod\n    steps", 1),
		"checks out what somebody else wrote": strings.Replace(top, "pull_request", "workflow_run", 1) +
			"      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1\n        with: {persist-credentials: false, ref: '${{ github.event.workflow_run.head_sha }}'}",
		`"make deploy" has no concurrency`: strings.Replace(top, "pull_request", "push", 1) + "      - run: make deploy",
		"or one that cancels": strings.Replace(strings.Replace(top, "pull_request", "push", 1), "    steps", "    concurrency: {group: g, cancel-in-progress: true}\n    steps", 1) +
			"      - run: make rollback",
	} {
		assert.Contains(t, strings.Join(faults([]byte(text)), "\n"), want)
	}
	assert.Empty(t, faults([]byte(top+"      - run: make ci")))
	assert.Empty(t, faults([]byte(strings.Replace(top, "contents: read}", "id-token: write}\n    if: "+sameRepo, 1))), "a branch of the repository may")
}
