package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/stacks/settings"
)

// source is configuration made of the text of a test.
type source map[string]string

func (s source) GetConfig(key string) (string, bool) { v, ok := s[key]; return v, ok }

// load makes settings of what a stack's config file might say.
func load(t *testing.T, s source) settings.Settings {
	t.Helper()
	loaded, err := settings.Load(s, s.keys())
	require.NoError(t, err)
	return loaded
}

// fakePrograms is a place whose programs are only names: the mocks run none.
// Those for other platforms begin as a program for them does, which previews of
// images look at.
func fakePrograms(t *testing.T) Place {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range []string{".", "linux-arm64", "linux-amd64"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, folder), 0o700))
		for _, name := range []string{"spotgrid", "worker", "quote", "scaler", "alerts", "wiki"} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, folder, name), append(header(t, folder), "#!"+name...), 0o700))
		}
	}
	return Place{Root: "/project", Programs: dir}
}

// header is that of a program in ELF for the folder's platform; none for this
// machine's own.
func header(t *testing.T, folder string) []byte {
	t.Helper()
	machine, ok := map[string]elf.Machine{"linux-arm64": elf.EM_AARCH64, "linux-amd64": elf.EM_X86_64}[folder]
	if !ok {
		return nil
	}
	h := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT), Ehsize: 64, Phentsize: 56, Shentsize: 64}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA], h.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	var b bytes.Buffer
	require.NoError(t, binary.Write(&b, binary.LittleEndian, h))
	return b.Bytes()
}

func TestTheLocalStackIsOneTreeWithOneProvider(t *testing.T) {
	s := load(t, source{"spotgrid:fleets": `{"spot":{},"big":{"slots":8}}`, "spotgrid:functions": `{"quote":{}}`})
	componenttest.Run(t, componenttest.Local, Program(s, fakePrograms(t)), func(t *testing.T, tree *componenttest.Tree) {
		var got []string
		for _, r := range tree.All() {
			got = append(got, strings.TrimPrefix(string(r.URN), "urn:pulumi:test::spotgrid::"))
		}
		slices.Sort(got)
		// A renamed resource is a deleted and a new one: this list keeps a
		// rename from slipping in.
		assert.Equal(t, strings.Split(strings.TrimSpace(localTree), "\n"), got)
		for _, r := range tree.All() {
			if strings.HasPrefix(r.Type, "spotgrid:local:") {
				assert.Contains(t, r.Provider, "pulumi:providers:spotgrid::local", "%s must not fall to a default provider", r.URN)
			}
		}
	})
}

const localTree = `
pulumi:providers:spotgrid::local
spotgrid:grid:Grid$spotgrid:fleet:Fleet$spotgrid:local:Fleet::grid-big-workers
spotgrid:grid:Grid$spotgrid:fleet:Fleet$spotgrid:local:Fleet::grid-spot-workers
spotgrid:grid:Grid$spotgrid:fleet:Fleet::grid-big
spotgrid:grid:Grid$spotgrid:fleet:Fleet::grid-spot
spotgrid:grid:Grid$spotgrid:function:Function$spotgrid:local:Function::grid-quote-program
spotgrid:grid:Grid$spotgrid:function:Function::grid-quote
spotgrid:grid:Grid$spotgrid:local:Agent::grid-agent
spotgrid:grid:Grid$spotgrid:queue:Queue$spotgrid:local:Queue::grid-jobs-dead
spotgrid:grid:Grid$spotgrid:queue:Queue$spotgrid:local:Queue::grid-jobs-work
spotgrid:grid:Grid$spotgrid:queue:Queue::grid-jobs
spotgrid:grid:Grid$spotgrid:volume:Volume$spotgrid:local:Volume::grid-volume-folder
spotgrid:grid:Grid$spotgrid:volume:Volume::grid-volume
spotgrid:grid:Grid::grid
`

func TestWorkersAreHandedAddressesAndNothingElse(t *testing.T) {
	s := load(t, source{"spotgrid:fleets": `{"spot":{"slots":3}}`})
	componenttest.Run(t, componenttest.Local, Program(s, fakePrograms(t)), func(t *testing.T, tree *componenttest.Tree) {
		in := tree.One(t, "spotgrid:local:Fleet", "grid-spot-workers").Inputs
		if env := in["environment"]; env.IsObject() && env.ObjectValue()["SPOTGRID_QUEUE_URL"].IsString() { // known: not a preview
			assert.Equal(t, map[string]any{
				"SPOTGRID_QUEUE_URL":       "nats://127.0.0.1:4222/grid-jobs-work",
				"SPOTGRID_DEAD_LETTER_URL": "nats://127.0.0.1:4222/grid-jobs-dead",
				"SPOTGRID_VOLUME_URL":      "file:///project/.spotgrid/grids/test/volumes/grid-volume",
			}, env.ObjectValue().Mappable())
		}
		assert.Equal(t, 3.0, in["slots"].NumberValue())
	})
}

func TestAFunctionWithoutAProgramIsRefused(t *testing.T) {
	s := load(t, source{"spotgrid:functions": `{"nobody-wrote-this":{}}`})
	err := componenttest.Refused(t, Program(s, fakePrograms(t)))
	assert.ErrorContains(t, err, "nobody-wrote-this")
	assert.ErrorContains(t, err, "make build")
}

func TestLocalDirectory(t *testing.T) {
	t.Parallel()
	p := Place{Root: "/project"}
	for given, want := range map[string]string{
		"":            "/project/.spotgrid/grids/local",
		"elsewhere":   "/project/elsewhere",
		"/srv/grid/":  "/srv/grid",
		"../grid-one": "/grid-one",
	} {
		assert.Equal(t, want, localDirectory("local", settings.Local{Directory: given}, p), given)
	}
}

func TestConfigKeys(t *testing.T) {
	t.Parallel()
	assert.ElementsMatch(t, []string{"spotgrid:target", "aws:region"}, configKeys(`{"spotgrid:target":"local","aws:region":"eu"}`))
	assert.Empty(t, configKeys("not json"))
}

var _ pulumi.RunFunc = Program(settings.Settings{}, Place{})
