package googlepool

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// KeepID is the part of a pool that needs no cloud.
func KeepID(ctx *pulumi.Context, name string, a Args) (pulumi.StringOutput, error) {
	end, err := a.end()
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return keepID(ctx, name, end)
}
