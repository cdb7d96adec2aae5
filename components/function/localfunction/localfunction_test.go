package localfunction_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/function/functiontest"
	"github.com/spotgrid/spotgrid/components/function/localfunction"
)

func driver() *localfunction.Driver {
	return localfunction.New(localfunction.Options{Directory: pulumi.String("/grid"), Server: pulumi.String("http://127.0.0.1:7000")})
}

func TestConformance(t *testing.T) { functiontest.Run(t, driver(), componenttest.Local) }

func TestTheProgramGoesByItsContent(t *testing.T) {
	program := func(ctx *pulumi.Context) error {
		_, err := function.New(ctx, "quote", driver(), functiontest.Valid(t))
		return err
	}
	componenttest.Run(t, componenttest.Local, program, func(t *testing.T, tree *componenttest.Tree) {
		in := tree.One(t, "spotgrid:local:Function", "quote-program").Inputs
		assert.Equal(t, functiontest.Valid(t).Program.SHA256, in["binarySha256"].StringValue())
		assert.Equal(t, float64(128), in["memoryMib"].NumberValue())
	})
}
