package localvolume_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/volume"
	"github.com/spotgrid/spotgrid/components/volume/localvolume"
	"github.com/spotgrid/spotgrid/components/volume/volumetest"
)

func driver() *localvolume.Driver {
	return localvolume.New(localvolume.Options{Directory: pulumi.String("/grid/agent"), Path: "/grid/volumes"})
}

func TestConformance(t *testing.T) { volumetest.Run(t, driver(), componenttest.Local) }

func TestEveryVolumeHasAFolderOfItsOwn(t *testing.T) {
	program := func(ctx *pulumi.Context) error {
		_, err := volume.New(ctx, "shared", driver(), volume.Args{})
		return err
	}
	componenttest.Run(t, componenttest.Local, program, func(t *testing.T, tree *componenttest.Tree) {
		assert.Equal(t, "/grid/volumes/shared", tree.One(t, "spotgrid:local:Volume", "shared-folder").Inputs["path"].StringValue())
	})
}
