package main

import (
	"context"
	"errors"
	"reflect"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
)

// changes collects what differs, by property.
type changes map[string]p.PropertyDiff

func (c changes) updateIf(property string, differs bool) {
	if _, known := c[property]; differs && !known {
		c[property] = p.PropertyDiff{Kind: p.Update}
	}
}

func (c changes) replaceIf(property string, differs bool) {
	if differs {
		c[property] = p.PropertyDiff{Kind: p.UpdateReplace}
	}
}

func (c changes) response(deleteBeforeReplace bool) infer.DiffResponse {
	return infer.DiffResponse{HasChanges: len(c) > 0, DetailedDiff: c, DeleteBeforeReplace: deleteBeforeReplace}
}

// compare lists the properties in which two declarations differ. Those named
// in identity make another thing of it; all others are changed in place.
func compare(old, declared any, identity ...string) changes {
	diff := changes{}
	a, b := reflect.ValueOf(old), reflect.ValueOf(declared)
	for i := range a.NumField() {
		property, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("pulumi"), ",")
		differs := !equal(a.Field(i), b.Field(i))
		diff.updateIf(property, differs)
		for _, id := range identity {
			diff.replaceIf(property, differs && property == id)
		}
	}
	return diff
}

// equal takes an empty map for a missing one: a declaration that was read back
// has the one where the other stood.
func equal(a, b reflect.Value) bool {
	if a.Kind() == reflect.Map && a.Len() == 0 && b.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// declaration is what the agent can keep, as a resource has it.
type declaration interface {
	// agent is the directory of the agent that keeps it.
	agent() string
	// kind is the agent's word for it, plural.
	kind() string
	// name tells it from others of its kind.
	name() string
}

func id(d declaration) string { return d.agent() + "/" + d.kind() + "/" + d.name() }

// deleteFrom removes a declaration. A dead agent runs nothing that could be
// stopped, and its own deletion takes the rest along.
func deleteFrom(ctx context.Context, d declaration) (infer.DeleteResponse, error) {
	c, _, err := connect(ctx, d.agent())
	if errors.Is(err, api.ErrDown) {
		return infer.DeleteResponse{}, nil
	}
	if err != nil {
		return infer.DeleteResponse{}, err
	}
	return infer.DeleteResponse{}, c.Delete(ctx, d.kind(), d.name())
}

// look asks the agent for its status. Of a dead agent nothing is known, and
// known is false: the resource stays as it was last seen.
func look(ctx context.Context, d declaration) (s *api.Status, known bool, err error) {
	_, s, err = connect(ctx, d.agent())
	if errors.Is(err, api.ErrDown) {
		return nil, false, nil
	}
	return s, err == nil, err
}
