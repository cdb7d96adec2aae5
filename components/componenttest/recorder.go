// Package componenttest runs components under Pulumi's mocks and checks the
// whole tree that they register, in an update and in a preview.
package componenttest

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	project = "spotgrid"
	stack   = "test"
	stash   = "pulumi:index:Stash" // of the engine itself: it keeps what it is first given
)

// Registration is one resource as the engine would get it.
type Registration struct {
	Type, Name string
	URN        resource.URN
	Parent     resource.URN
	Provider   string
	Protect    bool
	Custom     bool
	Inputs     resource.PropertyMap
}

// Tree is all that a program registered.
type Tree struct {
	mu   sync.Mutex
	list []Registration
	// compute gives what a provider would add to a resource's inputs.
	compute Compute
}

// Compute returns the outputs of a resource that its inputs do not hold, such
// as a URL that the service makes. It fails the test for types it does not
// know, so that no component relies on what nobody computes.
type Compute func(typ, name string, in resource.PropertyMap) (resource.PropertyMap, error)

// NewTree is an empty tree, for programs that Run does not fit.
func NewTree(compute Compute) *Tree { return &Tree{compute: compute} }

var _ pulumi.MockResourceMonitor = (*Tree)(nil)

// Call implements pulumi.MockResourceMonitor: no component calls functions of
// providers, so every call is a fault.
func (*Tree) Call(a pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return nil, fmt.Errorf("unexpected call of %s", a.Token)
}

// NewResource implements pulumi.MockResourceMonitor.
func (t *Tree) NewResource(a pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	parent := resource.URN(a.RegisterRPC.GetParent())
	t.list = append(t.list, Registration{
		Type: a.TypeToken, Name: a.Name, Parent: parent, Custom: a.Custom,
		URN: makeURN(parent, a), Provider: a.RegisterRPC.GetProvider(),
		Protect: a.RegisterRPC.GetProtect(), Inputs: a.Inputs,
	})
	out := a.Inputs.Copy()
	if a.TypeToken == stash {
		out["output"] = a.Inputs["input"]
	}
	if a.Custom && !strings.HasPrefix(a.TypeToken, "pulumi:") {
		more, err := t.compute(a.TypeToken, a.Name, a.Inputs)
		if err != nil {
			return "", nil, err
		}
		for k, v := range more {
			out[k] = v
		}
	}
	return a.Name + "-id", out, nil
}

// makeURN makes the URN that the engine would: it holds the types of the
// parents but not their names.
func makeURN(parent resource.URN, a pulumi.MockResourceArgs) resource.URN {
	parentType := parent.QualifiedType()
	if parentType == resource.RootStackType {
		parentType = ""
	}
	return resource.NewURN(stack, project, parentType, tokens.Type(a.TypeToken), a.Name)
}

// Run runs the program twice, as an update and as a preview, and hands each
// tree to check after what must hold for every tree.
func Run(t *testing.T, compute Compute, program pulumi.RunFunc, check func(t *testing.T, tree *Tree)) {
	t.Helper()
	for _, dryRun := range []bool{false, true} {
		t.Run(fmt.Sprintf("dry run %v", dryRun), func(t *testing.T) {
			tree := NewTree(compute)
			require.NoError(t, run(tree, program, dryRun))
			tree.sound(t)
			check(t, tree)
		})
	}
}

// Refused runs the program and returns its error, having seen that nothing but
// the stack was registered.
func Refused(t *testing.T, program pulumi.RunFunc) error {
	t.Helper()
	tree := &Tree{compute: func(typ, _ string, _ resource.PropertyMap) (resource.PropertyMap, error) {
		return nil, fmt.Errorf("%s was registered", typ)
	}}
	err := run(tree, program, false)
	require.Error(t, err)
	for _, r := range tree.list {
		assert.Equal(t, string(resource.RootStackType), r.Type, "nothing is registered before the arguments are checked")
	}
	return err
}

func run(tree *Tree, program pulumi.RunFunc, dryRun bool) error {
	return pulumi.RunErr(program, pulumi.WithMocks(project, stack, tree), func(i *pulumi.RunInfo) { i.DryRun = dryRun })
}

// sound checks what must hold for every tree: no URN twice, every resource
// under a parent up to the stack, every child named after its component.
func (t *Tree) sound(tb testing.TB) {
	byURN := map[resource.URN]Registration{}
	for _, r := range t.list {
		_, twice := byURN[r.URN]
		assert.False(tb, twice, "URN %s is registered twice", r.URN)
		byURN[r.URN] = r
	}
	for _, r := range t.list {
		switch {
		case r.Type == string(resource.RootStackType), strings.HasPrefix(r.Type, "pulumi:providers:"):
		case r.Parent == "":
			tb.Errorf("%s %q has no parent", r.Type, r.Name)
		case r.Parent.Type() == resource.RootStackType:
		default:
			assert.True(tb, strings.HasPrefix(r.Name, r.Parent.Name()+"-"), "%s %q should be named after its parent %q", r.Type, r.Name, r.Parent.Name())
		}
	}
}

// Of lists the resources of a type.
func (t *Tree) Of(typ string) []Registration {
	var found []Registration
	for _, r := range t.list {
		if r.Type == typ {
			found = append(found, r)
		}
	}
	return found
}

// One is the only resource of that type and name.
func (t *Tree) One(tb testing.TB, typ, name string) Registration {
	tb.Helper()
	for _, r := range t.list {
		if r.Type == typ && r.Name == name {
			return r
		}
	}
	tb.Fatalf("no %s named %q was registered", typ, name)
	return Registration{}
}

// Below lists the custom resources whose ancestors include the component.
func (t *Tree) Below(component string) []Registration {
	var found []Registration
	for _, r := range t.list {
		if r.Custom && strings.HasPrefix(r.Name, component+"-") {
			found = append(found, r)
		}
	}
	return found
}

// All lists everything in the order of registration.
func (t *Tree) All() []Registration { return t.list }
