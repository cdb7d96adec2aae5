package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// workflow is the part of a workflow, or of an action of this repository, that the
// rules look at.
type workflow struct {
	On          yaml.Node              `yaml:"on"`
	Permissions *map[string]string     `yaml:"permissions"`
	Concurrency concurrency            `yaml:"concurrency"`
	Jobs        map[string]job         `yaml:"jobs"`
	Runs        struct{ Steps []step } `yaml:"runs"`
}

type job struct {
	If          string             `yaml:"if"`
	Permissions *map[string]string `yaml:"permissions"`
	Environment yaml.Node          `yaml:"environment"`
	Concurrency concurrency        `yaml:"concurrency"`
	Uses        string             `yaml:"uses"`
	Minutes     int                `yaml:"timeout-minutes"`
	Steps       []step             `yaml:"steps"`
}

type step struct {
	Uses string            `yaml:"uses"`
	Run  string            `yaml:"run"`
	With map[string]string `yaml:"with"`
}

type concurrency struct {
	Group  string `yaml:"group"`
	Cancel *bool  `yaml:"cancel-in-progress"`
}

var (
	pinned   = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	ownCode  = regexp.MustCompile(`^\./\.github/`)
	oneMake  = regexp.MustCompile(`^(make [a-z-]+|bin/spotgrid [a-z -]+)$`)
	deploys  = regexp.MustCompile(`^make (deploy|rollback)$`)
	sameRepo = "github.event.pull_request.head.repo.full_name == github.repository"
	secret   = regexp.MustCompile(`\bsecrets\b`)
	head     = regexp.MustCompile(`head|github\.ref\b|merge`)
	// stored are the inputs by which a key would come in.
	stored = regexp.MustCompile(`access-key|secret|credentials_json|token_format|password`)
)

// faults are what the house's rules find in a file.
func faults(b []byte) []string {
	var w workflow
	if err := yaml.Unmarshal(b, &w); err != nil {
		return []string{err.Error()}
	}
	var found []string
	fault := func(format string, a ...any) { found = append(found, fmt.Sprintf(format, a...)) }
	if secret.Match(withoutComments(b)) {
		fault("it names secrets")
	}
	if w.has("pull_request_target") {
		fault("pull_request_target runs a fork's pull request with rights")
	}
	if len(w.Jobs) > 0 && (w.Permissions == nil || len(*w.Permissions) > 0) {
		fault("permissions at the top are not {}")
	}
	for name, j := range w.Jobs {
		for _, f := range w.jobFaults(j) {
			fault("job %s: %s", name, f)
		}
	}
	for _, s := range w.Runs.Steps {
		found = append(found, stepFaults(s)...)
	}
	slices.Sort(found)
	return found
}

func (w workflow) jobFaults(j job) []string {
	var found []string
	fault := func(format string, a ...any) { found = append(found, fmt.Sprintf(format, a...)) }
	if j.Permissions == nil {
		fault("it has no permissions of its own")
	} else if w.has("pull_request") && !strings.Contains(j.If, sameRepo) {
		if j.Environment.Kind != 0 {
			fault("a fork reaches an environment")
		}
		for right, level := range *j.Permissions {
			if right != "contents" || level != "read" {
				fault("a fork gets the right %s: %s", right, level)
			}
		}
	}
	if j.Uses != "" {
		if !ownCode.MatchString(j.Uses) && !pinned.MatchString(j.Uses) {
			fault("%q is not pinned", j.Uses)
		}
		return found
	}
	if j.Minutes == 0 {
		fault("no timeout-minutes")
	}
	for _, s := range j.Steps {
		found = append(found, stepFaults(s)...)
		if w.has("workflow_run") && isCheckout(s) && head.MatchString(s.With["ref"]+s.With["repository"]) {
			fault("with rights to write it checks out what somebody else wrote")
		}
		if deploys.MatchString(s.Run) && (j.Concurrency.Group == "" || j.Concurrency.Cancel == nil || *j.Concurrency.Cancel) {
			fault("%q has no concurrency, or one that cancels", s.Run)
		}
	}
	return found
}

func stepFaults(s step) []string {
	var found []string
	fault := func(format string, a ...any) { found = append(found, fmt.Sprintf(format, a...)) }
	if s.Uses != "" && !ownCode.MatchString(s.Uses) && !pinned.MatchString(s.Uses) {
		fault("%q is not pinned", s.Uses)
	}
	if s.Run != "" && !oneMake.MatchString(s.Run) {
		fault("run %q is not one make target or bin/spotgrid", s.Run)
	}
	if isCheckout(s) && s.With["persist-credentials"] != "false" {
		fault("a checkout keeps its token")
	}
	for input := range s.With {
		if stored.MatchString(input) {
			fault("input %s is for a stored key", input)
		}
	}
	return found
}

func isCheckout(s step) bool { return strings.HasPrefix(s.Uses, "actions/checkout@") }

// has reports whether an event starts the workflow.
func (w workflow) has(event string) bool {
	for _, n := range append(w.On.Content, &w.On) {
		if n.Value == event {
			return true
		}
	}
	return false
}

var commentLine = regexp.MustCompile(`(?m)^\s*#.*$`)

func withoutComments(b []byte) []byte { return commentLine.ReplaceAll(b, nil) }
