package migfleet_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/projects"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/serviceaccount"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/migfleet"
	"github.com/spotgrid/spotgrid/components/gcptest"
)

func TestAMachineMayDoWhatItHasToAndNoMore(t *testing.T) {
	for minWorkers, permissions := range map[int][]any{
		0: {"compute.instanceGroupManagers.update"}, 1: {"compute.instanceGroupManagers.update", "compute.instanceGroupManagers.get"},
	} {
		a := valid()
		a.MinWorkers = minWorkers
		tree, _ := declare(t, options(t), a)
		who := "serviceAccount:spot-machine@acme-grid.iam.gserviceaccount.com"
		assert.ElementsMatch(t, []gcptest.Grant{
			{On: "spot-machine-fetch", Role: "roles/storage.objectViewer", Member: who},
			{On: "spot-machine-log", Role: "roles/logging.logWriter", Member: who},
			{On: "spot-machine-leave", Role: "projects/acme-grid/roles/spot-leave", Member: who},
		}, gcptest.Grants(t, tree))
		fetch := inputs(t, tree, "gcp:storage/bucketIAMMember:BucketIAMMember", "spot-machine-fetch")
		assert.Equal(t, "programs", fetch["bucket"])
		assert.Equal(t, `resource.name.startsWith("projects/_/buckets/programs/objects/worker/")`, fetch["condition"].(map[string]any)["expression"])
		role := inputs(t, tree, "gcp:projects/iAMCustomRole:IAMCustomRole", "spot-leave")
		assert.Equal(t, permissions, role["permissions"])
		assert.Equal(t, "spotgrid_leave_"+strings.ReplaceAll(id, "-", "_"), role["roleId"])
		assert.Equal(t, id, inputs(t, tree, "gcp:serviceaccount/account:Account", "spot-machine")["accountId"])
	}
}

func TestGrantsAreAskedForTheMachinesAccount(t *testing.T) {
	o := options(t)
	var declaring *pulumi.Context
	o.Grants = func(_ fleet.Args, member pulumi.StringInput, parent pulumi.ResourceOption) error {
		_, err := projects.NewIAMMember(declaring, "spot-work", &projects.IAMMemberArgs{
			Project: pulumi.String("acme-grid"), Role: pulumi.String("roles/pubsub.subscriber"), Member: member,
		}, parent)
		return err
	}
	program := func(ctx *pulumi.Context) error {
		declaring = ctx
		_, err := fleet.New(ctx, "spot", migfleet.New(o), valid())
		return err
	}
	componenttest.Run(t, gcptest.Compute, program, func(t *testing.T, tree *componenttest.Tree) {
		tree.One(t, "gcp:projects/iAMMember:IAMMember", "spot-work")
	})
}

func TestAnAccountThatIsThereAlreadyIsTaken(t *testing.T) {
	o := options(t)
	program := func(ctx *pulumi.Context) (err error) {
		o.Account, err = serviceaccount.NewAccount(ctx, "machines", &serviceaccount.AccountArgs{AccountId: pulumi.String("machines")})
		if err != nil {
			return err
		}
		_, err = fleet.New(ctx, "spot", migfleet.New(o), valid())
		return err
	}
	componenttest.Run(t, gcptest.Compute, program, func(t *testing.T, tree *componenttest.Tree) {
		assert.Len(t, tree.Of("gcp:serviceaccount/account:Account"), 1)
		for _, g := range gcptest.Grants(t, tree) {
			assert.Equal(t, "serviceAccount:machines@acme-grid.iam.gserviceaccount.com", g.Member)
		}
	})
}
