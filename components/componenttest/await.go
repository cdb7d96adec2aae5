package componenttest

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Filled checks, inside a program, that an output has a value, or in a preview
// that it is one that will come.
func Filled(t *testing.T, ctx *pulumi.Context, what string, o pulumi.Output) {
	t.Helper()
	require.NotNil(t, o, "%s is not set", what)
	r, err := internals.UnsafeAwaitOutput(ctx.Context(), o)
	require.NoError(t, err, what)
	if ctx.DryRun() && !r.Known {
		return
	}
	assert.NotEmpty(t, r.Value, "%s is empty", what)
}

// Text is the text of an output; "" where it is not known, as in a preview.
func Text(t *testing.T, ctx *pulumi.Context, o pulumi.StringOutput) string {
	t.Helper()
	result, err := internals.UnsafeAwaitOutput(ctx.Context(), o)
	if err != nil {
		t.Errorf("awaiting an output: %v", err)
	}
	text, _ := result.Value.(string)
	return text
}
