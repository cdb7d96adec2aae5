package localfleet_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/fleettest"
	"github.com/spotgrid/spotgrid/components/fleet/localfleet"
)

func driver() *localfleet.Driver {
	return localfleet.New(localfleet.Options{Directory: pulumi.String("/grid")})
}

func TestConformance(t *testing.T) {
	fleettest.Run(t, driver(), componenttest.Local, fleettest.Valid())
}

func TestWorkersAreToldTheirEnvironmentAndQueue(t *testing.T) {
	program := func(ctx *pulumi.Context) error {
		_, err := fleet.New(ctx, "spot", driver(), fleettest.Valid())
		return err
	}
	componenttest.Run(t, componenttest.Local, program, func(t *testing.T, tree *componenttest.Tree) {
		in := tree.One(t, "spotgrid:local:Fleet", "spot-workers").Inputs
		assert.Equal(t, "jobs", in["queue"].StringValue())
		assert.Equal(t, "nats://127.0.0.1/jobs", in["environment"].ObjectValue()["SPOTGRID_QUEUE_URL"].StringValue())
		assert.Equal(t, fleettest.Valid().Worker.SHA256, in["binarySha256"].StringValue())
	})
}
