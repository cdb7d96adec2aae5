package gcpgrid_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/migfleet"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/gcpprovider"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/grid/gcpgrid"
	"github.com/spotgrid/spotgrid/components/network/gcpnetwork"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/volume/filestorevolume"
)

var labels = map[string]string{"project": "spotgrid", "stack": "test", "owner": "platform", "cost-centre": "4711"}

// options are those of a grid with everything that a stack can ask for.
func options(t *testing.T) gcpgrid.Options {
	return gcpgrid.Options{
		Project: gcptest.Project, ProjectNumber: gcptest.ProjectNumber, Region: gcptest.Region,
		Zones: []string{"europe-west1-b", "europe-west1-c"}, CIDR: "10.30.0.0/16", Egress: gcpnetwork.EgressPrivate,
		Architecture: "amd64", Encryption: gcpgrid.EncryptionKey, ExactlyOnce: true, LogDays: 30,
		Files: gcpgrid.Files{Tier: filestorevolume.TierZonal, SizeGiB: 1024, Clients: 100},
		Machines: func(string) gcpgrid.Machines {
			return gcpgrid.Machines{Ranks: []migfleet.Rank{{MachineType: "e2-standard-2"}}}
		},
		Fleets: []string{"spot"}, Scaler: program(t, "scaler"), ScaleEvery: "* * * * *", Labels: labels,
		Provider: gcpprovider.Options{Project: gcptest.Project, Region: gcptest.Region, Offline: true},
	}
}

func program(t *testing.T, name string) artifact.Program {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte("#!"+name), 0o700))
	p, err := artifact.Open(path)
	require.NoError(t, err)
	return p
}

func args(t *testing.T) grid.Args {
	calls := queue.Args{LeaseSeconds: 90, MaxDeliveries: 7, RetentionHours: 48}
	return grid.Args{
		Queue: queue.Args{LeaseSeconds: 60, MaxDeliveries: 20, RetentionHours: 96},
		Fleets: map[string]fleet.Args{"spot": {
			Worker: program(t, "worker"), MaxWorkers: 10, JobsPerWorker: 4, Slots: 2, DrainSeconds: 20, IdleSeconds: 600,
		}},
		Functions: map[string]grid.Function{"quote": {Calls: &calls, Args: function.Args{
			Program: program(t, "quote"), TimeoutSeconds: 10, MemoryMiB: 128, Concurrency: 10,
			Source: &function.Source{BatchSize: 1, Concurrency: 10}, Schedules: []function.Schedule{{Cron: "0 6 * * 1"}},
		}}},
	}
}

// run declares a grid and checks its tree, twice.
func run(t *testing.T, o gcpgrid.Options, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	a := args(t)
	componenttest.Run(t, gcptest.Compute, func(ctx *pulumi.Context) error {
		_, err := grid.New(ctx, "grid", gcpgrid.New(o), a)
		return err
	}, check)
}

// previewed reports whether outputs are unknown: a first preview.
func previewed(tree *componenttest.Tree) bool {
	for _, r := range tree.Of("gcp:pubsub/subscription:Subscription") {
		return !r.Inputs["topic"].IsString()
	}
	return true
}

func TestEverythingIsLabelledAndNamesTheOneProvider(t *testing.T) {
	run(t, options(t), func(t *testing.T, tree *componenttest.Tree) {
		gcptest.Labelled(t, tree, labels)
		for _, r := range tree.All() {
			if strings.HasPrefix(r.Type, "gcp:") {
				assert.Contains(t, r.Provider, "pulumi:providers:gcp::gcp", "%s must not fall to a default provider", r.URN)
			}
		}
	})
}

func TestWhoMayDoWhat(t *testing.T) {
	run(t, options(t), func(t *testing.T, tree *componenttest.Tree) {
		roles := map[string][]string{}
		for _, g := range gcptest.Grants(t, tree) {
			name := strings.TrimPrefix(g.Member, "serviceAccount:")
			name, _, _ = strings.Cut(name, "@")
			roles[name] = append(roles[name], strings.TrimPrefix(g.Role, "projects/acme-grid/roles/"))
		}
		if previewed(tree) {
			return
		}
		for _, r := range roles {
			slices.Sort(r)
		}
		assert.Equal(t, []string{
			"grid-spot-leave", "roles/logging.logWriter", "roles/pubsub.publisher", "roles/pubsub.subscriber",
			"roles/pubsub.viewer", "roles/pubsub.viewer", "roles/storage.objectViewer",
		}, roles["grid-spot-machine"], "machines")
		assert.Equal(t, []string{"grid-scaler-role"}, roles["grid-scaler-account"], "the scaler")
		assert.Empty(t, roles["grid-quote-account"], "a function has no right but those it is given")
		assert.Equal(t, []any{
			"compute.instanceGroupManagers.get", "compute.instanceGroupManagers.update", "monitoring.timeSeries.list",
		}, tree.One(t, "gcp:projects/iAMCustomRole:IAMCustomRole", "grid-scaler-role").Inputs.Mappable()["permissions"])
	})
}

func TestTheScalerLooksAfterEveryGroupOfEveryFleet(t *testing.T) {
	run(t, options(t), func(t *testing.T, tree *componenttest.Tree) {
		service := tree.One(t, "gcp:cloudrunv2/service:Service", "grid-scaler-service").Inputs.Mappable()
		template := service["template"].(map[string]any)
		assert.EqualValues(t, 1, template["scaling"].(map[string]any)["maxInstanceCount"], "two must not answer the same jobs")
		assert.Equal(t, "* * * * *", tree.One(t, "gcp:cloudscheduler/job:Job", "grid-scaler-schedule-1").Inputs["schedule"].StringValue())
		if previewed(tree) {
			return
		}
		for _, e := range template["containers"].([]any)[0].(map[string]any)["envs"].([]any) {
			env := e.(map[string]any)
			if env["name"] != "SPOTGRID_SCALER" {
				continue
			}
			assert.True(t, json.Valid([]byte(env["value"].(string))))
			assert.JSONEq(t, `{"fleets":[{"name":"spot","queue":"pubsub://acme-grid/grid-jobs-work-1a2b3c4?topic=grid-jobs-work-1a2b3c4",
				"jobsPerWorker":4,"maxWorkers":10,"quietSeconds":1200,"groups":[
				{"url":"mig://acme-grid/europe-west1/grid-spot-spot-0","minWorkers":0,"maxWorkers":10},
				{"url":"mig://acme-grid/europe-west1/grid-spot-on-demand","minWorkers":0,"maxWorkers":0}]}]}`, env["value"].(string))
			return
		}
		t.Error("the scaler is told nothing")
	})
}

func TestAFunctionsQueueHasNoReaderButTheFunction(t *testing.T) {
	run(t, options(t), func(t *testing.T, tree *componenttest.Tree) {
		var names []string
		for _, r := range tree.Of("gcp:pubsub/subscription:Subscription") {
			names = append(names, r.Name)
		}
		assert.ElementsMatch(t, []string{"grid-jobs-dead", "grid-jobs-work", "grid-quote-calls-dead", "grid-quote-source"}, names)
		source := tree.One(t, "gcp:pubsub/subscription:Subscription", "grid-quote-source").Inputs.Mappable()
		assert.EqualValues(t, 90, source["ackDeadlineSeconds"])
		assert.EqualValues(t, 7, source["deadLetterPolicy"].(map[string]any)["maxDeliveryAttempts"])
		assert.Equal(t, "172800s", source["messageRetentionDuration"])
		if !previewed(tree) {
			assert.Equal(t, "projects/acme-grid/topics/grid-quote-calls-work-1a2b3c4", source["topic"])
		}
	})
}

func TestOneKeyEncryptsWhatHoldsAnythingOnceAllMayUseIt(t *testing.T) {
	run(t, options(t), func(t *testing.T, tree *componenttest.Tree) {
		assert.Len(t, tree.Of("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"), 6)
		if previewed(tree) {
			return
		}
		assert.Equal(t, "7776000s", tree.One(t, "gcp:kms/cryptoKey:CryptoKey", "grid-key").Inputs["rotationPeriod"].StringValue())
		for _, typ := range []string{"gcp:pubsub/topic:Topic", "gcp:filestore/instance:Instance", "gcp:artifactregistry/repository:Repository"} {
			for _, r := range tree.Of(typ) {
				assert.Contains(t, r.Inputs["kmsKeyName"].StringValue(), "grid-key", r.URN)
			}
		}
	})
}

func TestTheKeyIsProtectedWhereThatWasAskedFor(t *testing.T) {
	for _, protect := range []bool{true, false} {
		o := options(t)
		o.ProtectKey = protect
		run(t, o, func(t *testing.T, tree *componenttest.Tree) {
			assert.Equal(t, protect, tree.One(t, "gcp:kms/cryptoKey:CryptoKey", "grid-key").Protect)
		})
	}
}

func TestWithoutAKeyNothingNamesOne(t *testing.T) {
	o := options(t)
	o.Encryption = gcpgrid.EncryptionService
	run(t, o, func(t *testing.T, tree *componenttest.Tree) {
		assert.Empty(t, tree.Of("gcp:kms/cryptoKey:CryptoKey"))
		for _, r := range tree.All() {
			assert.NotContains(t, r.Inputs, "kmsKeyName", r.URN)
		}
	})
}

func TestAVolumeLetsInTheMachinesOfEveryFleet(t *testing.T) {
	o := options(t)
	o.Fleets = []string{"spot", "big"}
	run(t, o, func(t *testing.T, tree *componenttest.Tree) {
		if accounts := tree.One(t, "gcp:compute/firewall:Firewall", "grid-volume-nfs-out").Inputs["targetServiceAccounts"]; !previewed(tree) {
			assert.Len(t, accounts.ArrayValue(), 2)
		}
	})
}

func TestAFleetThatTheTargetWasNotToldOfIsRefused(t *testing.T) {
	o := options(t)
	o.Fleets = nil
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := grid.New(ctx, "grid", gcpgrid.New(o), args(t))
		return err
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(gcptest.Compute)))
	assert.ErrorContains(t, err, "fleetServiceAccounts is 0")
}
