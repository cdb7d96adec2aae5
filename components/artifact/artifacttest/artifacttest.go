// Package artifacttest is the suite that every driver of package artifact
// passes.
package artifacttest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/componenttest"
)

// Run runs the suite. compute is what the service's provider computes.
func Run(t *testing.T, d artifact.Driver, compute componenttest.Compute) {
	worker, other := Program(t, "a worker"), Program(t, "another worker")
	t.Run("two stores stand side by side", func(t *testing.T) {
		two := func(ctx *pulumi.Context) error {
			for _, name := range []string{"first", "second"} {
				s, err := artifact.New(ctx, name, d)
				if err != nil {
					return err
				}
				componenttest.Filled(t, ctx, "ID", s.ID)
				assert.NotEmpty(t, s.Guards, "something protects the programs")
				if _, err := s.Put(ctx, "worker", worker); err != nil {
					return err
				}
			}
			return nil
		}
		componenttest.Run(t, compute, two, func(t *testing.T, tree *componenttest.Tree) {
			assert.NotEmpty(t, tree.Below("first"))
			assert.Len(t, tree.Below("second"), len(tree.Below("first")))
			assert.Equal(t, d.Target(), tree.One(t, artifact.Type, "first").Inputs["target"].StringValue(), "policies read the component's inputs")
		})
	})
	t.Run("a program is kept once, under its content", func(t *testing.T) {
		componenttest.Run(t, compute, func(ctx *pulumi.Context) error { return keep(t, ctx, d, worker, other) },
			func(t *testing.T, tree *componenttest.Tree) {
				assert.Len(t, below(tree, "store-worker"), 1)
				assert.Len(t, below(tree, "store-other"), 1)
			})
	})
	t.Run("what cannot be kept is refused", func(t *testing.T) { refuse(t, d, compute, worker, other) })
	t.Run("a bad name of a store is refused and nothing is registered", func(t *testing.T) {
		err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
			_, err := artifact.New(ctx, "Bad Name", d)
			return err
		})
		assert.ErrorContains(t, err, "Bad Name")
		assert.ErrorContains(t, err, d.Target())
	})
}

// keep puts two programs into a store, one of them twice.
func keep(t *testing.T, ctx *pulumi.Context, d artifact.Driver, worker, other artifact.Program) error {
	s, err := artifact.New(ctx, "store", d)
	if err != nil {
		return err
	}
	kept, err := s.Put(ctx, "worker", worker)
	if err != nil {
		return err
	}
	for what, o := range map[string]pulumi.Output{"Place": kept.Place, "Key": kept.Key, "ID": kept.ID} {
		componenttest.Filled(t, ctx, what, o)
	}
	assert.Equal(t, worker.SHA256, kept.SHA256)
	again, err := s.Put(ctx, "worker", worker)
	if err != nil {
		return err
	}
	assert.Same(t, kept, again, "whoever asks gets the same object")
	moved := worker
	moved.Path = other.Path // as if it had been built elsewhere
	if again, err = s.Put(ctx, "worker", moved); err != nil {
		return err
	}
	assert.Same(t, kept, again, "where a program was built is of no account")
	_, err = s.Put(ctx, "other", other)
	return err
}

// refuse tries what a store does not take.
func refuse(t *testing.T, d artifact.Driver, compute componenttest.Compute, worker, other artifact.Program) {
	componenttest.Run(t, compute, func(ctx *pulumi.Context) error {
		s, err := artifact.New(ctx, "store", d)
		require.NoError(t, err)
		_, err = s.Put(ctx, "worker", worker)
		require.NoError(t, err)
		_, err = s.Put(ctx, "worker", other)
		assert.ErrorContains(t, err, `artifact "worker" of store "store" is there with another content`)
		_, err = s.Put(ctx, "Bad Name", artifact.Program{})
		assert.ErrorContains(t, err, "Bad Name")
		assert.ErrorContains(t, err, "want a program that was opened", "all faults come together")
		return nil
	}, func(t *testing.T, tree *componenttest.Tree) {
		assert.Empty(t, below(tree, "store-Bad Name"))
		assert.Len(t, below(tree, "store-worker"), 1)
	})
}

// below lists the custom resources of a name and below it.
func below(tree *componenttest.Tree, name string) []componenttest.Registration {
	found := tree.Below(name)
	for _, r := range tree.All() {
		if r.Custom && r.Name == name {
			found = append(found, r)
		}
	}
	return found
}

// Program makes a program of that content in a folder of the test's own.
func Program(t *testing.T, content string) artifact.Program {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o700))
	p, err := artifact.Open(path)
	require.NoError(t, err)
	return p
}
