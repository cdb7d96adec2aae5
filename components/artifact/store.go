package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
)

// Type of the component in Pulumi's state.
const Type = "spotgrid:artifact:Store"

// Store keeps the programs of a grid for the machines and functions that run
// them.
type Store struct {
	pulumi.ResourceState
	Binding

	name   string
	driver Driver
	kept   map[string]*Object
}

// New declares a store. All faults come in one error, before anything is
// registered.
func New(ctx *pulumi.Context, name string, d Driver, opts ...pulumi.ResourceOption) (*Store, error) {
	if err := errors.Join(naming.Check("store", name), d.Check()); err != nil {
		return nil, fmt.Errorf("store %q on %s: %w", name, d.Target(), err)
	}
	s := &Store{name: name, driver: d, kept: map[string]*Object{}}
	in := pulumi.Map{"target": pulumi.String(d.Target())}
	if err := ctx.RegisterComponentResourceV2(Type, name, in, s, opts...); err != nil {
		return nil, fmt.Errorf("registering store %q: %w", name, err)
	}
	b, err := d.Build(ctx, name, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("store %q on %s: %w", name, d.Target(), err)
	}
	s.Binding = *b
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"id": b.ID})
}

// Put keeps a program under a short name, such as "worker". The same program
// under the same name is kept once, whoever asks for it; another program under
// that name is refused.
func (s *Store) Put(ctx *pulumi.Context, name string, p Program) (*Object, error) {
	if err := errors.Join(naming.Check("artifact", name), checkProgram(p)); err != nil {
		return nil, fmt.Errorf("keeping artifact %q in store %q: %w", name, s.name, err)
	}
	if o, ok := s.kept[name]; ok {
		if o.SHA256 != p.SHA256 {
			return nil, fmt.Errorf("artifact %q of store %q is there with another content, want another name for it", name, s.name)
		}
		return o, nil
	}
	item := Item{Resource: naming.Child(s.name, name), Name: name, Program: p}
	o, err := s.driver.Put(ctx, &s.Binding, item, pulumi.Parent(s))
	if err != nil {
		return nil, fmt.Errorf("keeping artifact %q in store %q: %w", name, s.name, err)
	}
	s.kept[name] = o
	return o, nil
}

// checkProgram refuses what Open did not make: without a hash, every content
// would be the same object.
func checkProgram(p Program) error {
	if b, err := hex.DecodeString(p.SHA256); err != nil || len(b) != sha256.Size || p.Path == "" {
		return fmt.Errorf("program %q has SHA-256 %q, want a program that was opened", p.Path, p.SHA256)
	}
	return nil
}
