package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/spotgrid/spotgrid/tools/pipeline/release"
)

// historyUpdates is how far back a release is looked for.
const historyUpdates = "200"

// update is one of a stack's history. Source: updateInfoJSON in pulumi's
// pkg/cmd/pulumi/stack/stack_history.go.
type update struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Result  string `json:"result"`
}

// message is what the history keeps of a deployment.
func message(d release.Digest, note string) string { return "release " + string(d) + note }

var messagePattern = regexp.MustCompile(`^release (sha256:[0-9a-f]{64})\b`)

// deployed lists the releases that were brought up on a stack without an error,
// the newest first: what the stack's own history says, wherever its state is.
func (p project) deployed(ctx context.Context, stack string) ([]release.Digest, error) {
	b, err := p.spotgrid(ctx, "pulumi", "--stack", stack, "--", "stack", "history", "--json", "--page-size", historyUpdates)
	var updates []update
	if err == nil {
		err = json.Unmarshal(b, &updates)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the history of stack %q: %w", stack, err)
	}
	return releases(updates), nil
}

func releases(updates []update) []release.Digest {
	var found []release.Digest
	for _, u := range updates {
		m := messagePattern.FindStringSubmatch(u.Message)
		if u.Kind == "update" && u.Result == "succeeded" && m != nil {
			found = append(found, release.Digest(m[1]))
		}
	}
	return found
}

// before is the newest release that is not the given one; "" if there is none.
func before(releases []release.Digest, current release.Digest) release.Digest {
	for _, d := range releases {
		if d != current {
			return d
		}
	}
	return ""
}
