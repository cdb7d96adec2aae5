package migfleet_test

import (
	"regexp"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/fleettest"
	"github.com/spotgrid/spotgrid/components/fleet/migfleet"
	"github.com/spotgrid/spotgrid/components/gcptest"
)

const (
	templateType = "gcp:compute/instanceTemplate:InstanceTemplate"
	regionalType = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager"
	zonalType    = "gcp:compute/instanceGroupManager:InstanceGroupManager"
	keyName      = "projects/acme-grid/locations/europe-west1/keyRings/grid/cryptoKeys/grid"
	queueID      = "projects/acme-grid/subscriptions/jobs-work-1a2b3c4"
	// id is the fleet's name "spot" as no other stack of the project has it.
	id = "spot-2127367"
)

var labels = map[string]string{"project": "spotgrid", "stack": "test"}

// shelf is a store whose programs are there already.
type shelf struct{}

func (shelf) Target() string { return "gcp" }
func (shelf) Check() error   { return nil }

func (shelf) Build(*pulumi.Context, string, pulumi.ResourceOption) (*artifact.Binding, error) {
	return &artifact.Binding{ID: text("programs")}, nil
}

func (shelf) Put(_ *pulumi.Context, _ *artifact.Binding, i artifact.Item, _ pulumi.ResourceOption) (*artifact.Object, error) {
	return &artifact.Object{Place: text("programs"), Key: text(i.Name + "/" + i.Program.SHA256), SHA256: i.Program.SHA256, ID: text("projects/_/buckets/programs/objects/" + i.Name + "/")}, nil
}

func text(s string) pulumi.StringOutput { return pulumi.String(s).ToStringOutput() }

func store(t *testing.T) *artifact.Store {
	t.Helper()
	var s *artifact.Store
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) (err error) {
		s, err = artifact.New(ctx, "programs", shelf{})
		return err
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(gcptest.Compute))))
	return s
}

func options(t *testing.T) migfleet.Options {
	t.Helper()
	return migfleet.Options{
		Project: gcptest.Project, Region: gcptest.Region, Architecture: "amd64", Store: store(t), Labels: labels,
		SubnetID: pulumi.String("projects/acme-grid/regions/europe-west1/subnetworks/grid"),
		Grants:   func(fleet.Args, pulumi.StringInput, pulumi.ResourceOption) error { return nil },
		Mount: func(fleet.Args) (migfleet.Mount, error) {
			return migfleet.Mount{Server: pulumi.String("10.0.0.2"), Share: pulumi.String("grid"), Path: "/mnt/grid"}, nil
		},
	}
}

// valid are arguments with names as Google Cloud gives them.
func valid() fleet.Args {
	a := fleettest.Valid()
	a.DrainSeconds = 20
	a.Queue.ID = text(queueID)
	a.Environment["SPOTGRID_VOLUME_URL"] = pulumi.String("file:///mnt/grid/volume")
	return a
}

func TestConformance(t *testing.T) {
	fleettest.Run(t, migfleet.New(options(t)), gcptest.Compute, valid())
}

// run declares one fleet and checks its tree, twice.
func run(t *testing.T, o migfleet.Options, a fleet.Args, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	program := func(ctx *pulumi.Context) error {
		_, err := fleet.New(ctx, "spot", migfleet.New(o), a)
		return err
	}
	componenttest.Run(t, gcptest.Compute, program, check)
}

// declare declares one fleet, once, and returns what it is made of.
func declare(t *testing.T, o migfleet.Options, a fleet.Args) (*componenttest.Tree, *migfleet.Resources) {
	t.Helper()
	tree, d := componenttest.NewTree(gcptest.Compute), migfleet.New(o)
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := fleet.New(ctx, "spot", d, a)
		return err
	}, pulumi.WithMocks("spotgrid", "test", tree)))
	built, ok := d.Built("spot")
	require.True(t, ok)
	return tree, built
}

// inputs of a resource as plain values.
func inputs(t *testing.T, tree *componenttest.Tree, typ, name string) map[string]any {
	t.Helper()
	in, ok := resource.NewObjectProperty(tree.One(t, typ, name).Inputs).Mappable().(map[string]any)
	require.True(t, ok)
	return in
}

func TestMachinesAreHiddenShieldedLabelledAndGoneWhenTheyEnd(t *testing.T) {
	run(t, options(t), valid(), func(t *testing.T, tree *componenttest.Tree) {
		gcptest.Labelled(t, tree, labels)
		gcptest.Labelled(t, tree, map[string]string{"spotgrid-fleet": "spot"})
		m := inputs(t, tree, templateType, "spot-spot-0")
		assert.Equal(t, "n4d-standard-2", m["machineType"])
		assert.Equal(t, []any{map[string]any{"subnetwork": "projects/acme-grid/regions/europe-west1/subnetworks/grid"}}, m["networkInterfaces"], "no public address")
		assert.Equal(t, map[string]any{"enableSecureBoot": true, "enableVtpm": true, "enableIntegrityMonitoring": true}, m["shieldedInstanceConfig"])
		assert.Equal(t, map[string]any{
			"provisioningModel": "SPOT", "preemptible": true, "automaticRestart": false, "instanceTerminationAction": "DELETE",
			"onHostMaintenance": "TERMINATE", "maxRunDuration": map[string]any{"seconds": 169 * 3600.0},
		}, m["scheduling"])
		assert.Equal(t, []any{"https://www.googleapis.com/auth/cloud-platform"}, m["serviceAccount"].(map[string]any)["scopes"])
		assert.Equal(t, []any{map[string]any{
			"boot": true, "autoDelete": true, "diskType": "hyperdisk-balanced", "diskSizeGb": 16.0, "labels": m["labels"],
			"sourceImage": "projects/debian-cloud/global/images/family/debian-13",
		}}, m["disks"])
		for _, key := range []string{"name", "namePrefix", "tags", "guestAccelerators"} {
			assert.NotContains(t, m, key)
		}
		settings := m["metadata"].(map[string]any)
		for key, want := range map[string]string{
			"enable-oslogin": "TRUE", "block-project-ssh-keys": "TRUE", "serial-port-enable": "FALSE", "serial-port-logging-enable": "TRUE",
		} {
			assert.Equal(t, want, settings[key], key)
		}
		assert.NotContains(t, settings, "ssh-keys")
		for key := range settings {
			assert.Regexp(t, regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`), key, "Compute Engine takes no other")
		}
	})
}

func TestMachinesOnDemandAreOfTheFirstTypeAndNotPreemptible(t *testing.T) {
	tree, _ := declare(t, options(t), valid())
	m := inputs(t, tree, templateType, "spot-on-demand")
	assert.Equal(t, "n4d-standard-2", m["machineType"])
	assert.Equal(t, map[string]any{
		"provisioningModel": "STANDARD", "preemptible": false, "automaticRestart": false, "instanceTerminationAction": "DELETE",
		"maxRunDuration": map[string]any{"seconds": 169 * 3600.0},
	}, m["scheduling"])
}

func TestAGroupIsEmptyAndLeavesItsMachinesAlone(t *testing.T) {
	run(t, options(t), valid(), func(t *testing.T, tree *componenttest.Tree) {
		assert.Len(t, tree.Of(regionalType), 5, "four types of Spot and one on demand")
		assert.Empty(t, tree.Of(zonalType))
		g := inputs(t, tree, regionalType, "spot-spot-1")
		assert.Equal(t, 0.0, g["targetSize"], "the scaler and the machines own it")
		assert.Equal(t, id+"-spot-1", g["baseInstanceName"])
		assert.Equal(t, []any{"europe-west1-b", "europe-west1-c", "europe-west1-d"}, g["distributionPolicyZones"])
		assert.Equal(t, "ANY", g["distributionPolicyTargetShape"])
		assert.Equal(t, map[string]any{"type": "OPPORTUNISTIC", "minimalAction": "REPLACE", "instanceRedistributionType": "NONE"}, g["updatePolicy"])
		assert.Equal(t, map[string]any{"defaultActionOnFailure": "REPAIR", "forceUpdateOnRepair": "YES"}, g["instanceLifecyclePolicy"])
		assert.Equal(t, false, g["waitForInstances"])
		for _, key := range []string{"name", "autoHealingPolicies"} {
			assert.NotContains(t, g, key)
		}
		if template, known := g["versions"].([]any)[0].(map[string]any)["instanceTemplate"].(string); known {
			assert.Contains(t, template, "/instanceTemplates/spot-spot-1?uniqueId=", "a template of the same name later is another one")
		}
	})
}

// ignoring notes what groups ignore changes of.
type ignoring struct {
	*componenttest.Tree
	mu      sync.Mutex
	ignored map[string][]string
}

func (i *ignoring) NewResource(a pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	i.mu.Lock()
	if list := a.RegisterRPC.GetIgnoreChanges(); len(list) > 0 {
		i.ignored[a.Name] = list
	}
	i.mu.Unlock()
	return i.Tree.NewResource(a)
}

func TestAnUpdateDoesNotUndoTheScaler(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Ranks = []migfleet.Rank{{MachineType: "n2-standard-2"}, {MachineType: "e2-standard-2", Zones: []string{"europe-west1-d"}}}
	spy := &ignoring{Tree: componenttest.NewTree(gcptest.Compute), ignored: map[string][]string{}}
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := fleet.New(ctx, "spot", migfleet.New(o), valid())
		return err
	}, pulumi.WithMocks("spotgrid", "test", spy)))
	size := []string{"targetSize"}
	assert.Equal(t, map[string][]string{"spot-spot-0": size, "spot-spot-1": size, "spot-on-demand": size}, spy.ignored)
}

func TestATypeInOneZoneHasAGroupOfThatZone(t *testing.T) {
	o := options(t)
	o.Ranks = []migfleet.Rank{{MachineType: "n2-standard-2"}, {MachineType: "n2-standard-2", Zones: []string{"europe-west1-d"}}}
	run(t, o, valid(), func(t *testing.T, tree *componenttest.Tree) {
		g := inputs(t, tree, zonalType, "spot-spot-1")
		assert.Equal(t, "europe-west1-d", g["zone"])
		assert.Equal(t, 0.0, g["targetSize"])
		assert.Equal(t, map[string]any{"type": "OPPORTUNISTIC", "minimalAction": "REPLACE"}, g["updatePolicy"])
		assert.Equal(t, map[string]any{"defaultActionOnFailure": "REPAIR", "forceUpdateOnRepair": "YES"}, g["instanceLifecyclePolicy"])
		assert.Len(t, tree.Of(regionalType), 2)
		assert.Equal(t, "pd-balanced", inputs(t, tree, templateType, "spot-spot-1")["disks"].([]any)[0].(map[string]any)["diskType"])
	})
}

// short is a group as the scaler is told of it.
type short struct {
	location    string
	regional    bool
	machineType string
	onDemand    bool
	least, most int
}

func shorts(groups []migfleet.Group) (list []short) {
	for _, g := range groups {
		list = append(list, short{g.Location, g.Regional, g.MachineType, g.OnDemand, g.MinWorkers, g.MaxWorkers})
	}
	return list
}

func TestTheScalerIsToldOfTheGroupsInOrder(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Ranks = []migfleet.Rank{{MachineType: "n4d-standard-2"}, {MachineType: "t2d-standard-2", Zones: []string{"europe-west1-b"}}}
	a := valid()
	a.MaxWorkers = 9
	_, built := declare(t, o, a)
	assert.Equal(t, []short{
		{"europe-west1", true, "n4d-standard-2", false, 0, 9}, {"europe-west1-b", false, "t2d-standard-2", false, 0, 9},
		{"europe-west1", true, "n4d-standard-2", true, 0, 0}, // for people
	}, shorts(built.Groups))
	assert.Equal(t, 9, built.MaxWorkers)
	assert.Equal(t, a.JobsPerWorker, built.JobsPerWorker)
	assert.Equal(t, id+"-", built.MachinePrefix)

	o.OnDemandBase, a.MinWorkers = 2, 5
	_, built = declare(t, o, a)
	assert.Equal(t, []short{
		{"europe-west1", true, "n4d-standard-2", true, 2, 2}, {"europe-west1", true, "n4d-standard-2", false, 3, 9},
		{"europe-west1-b", false, "t2d-standard-2", false, 0, 9},
	}, shorts(built.Groups), "the first groups have the minimum")
}

func TestAKeyOfTheUsersOwnEncryptsDisksAndLogs(t *testing.T) {
	o := options(t)
	o.KMSKeyName, o.LogDays = pulumi.String(keyName), 14
	run(t, o, valid(), func(t *testing.T, tree *componenttest.Tree) {
		for _, r := range tree.Of(templateType) {
			disk := inputs(t, tree, templateType, r.Name)["disks"].([]any)[0].(map[string]any)
			assert.Equal(t, map[string]any{"kmsKeySelfLink": keyName}, disk["diskEncryptionKey"], r.Name)
		}
		bucket := inputs(t, tree, "gcp:logging/projectBucketConfig:ProjectBucketConfig", "spot-logs")
		assert.Equal(t, map[string]any{
			"bucketId": id, "location": "europe-west1", "project": "acme-grid", "retentionDays": 14.0,
			"description": "Machines of fleet spot", "cmekSettings": map[string]any{"kmsKeyName": keyName},
		}, bucket)
		sink := inputs(t, tree, "gcp:logging/projectSink:ProjectSink", "spot-logs")
		assert.Equal(t, `resource.type="gce_instance" AND (LOG_ID("serialconsole.googleapis.com%2Fserial_port_1_output") OR LOG_ID("spotgrid-boot")) `+
			`AND labels."compute.googleapis.com/resource_name"=~"^`+id+`-"`, sink["filter"])
	})
}
