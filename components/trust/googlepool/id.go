package googlepool

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
)

// maxPoolID is the longest ID of a pool (IAM API reference, workloadIdentityPools).
const maxPoolID = 32

// end is what tells this pool's ID from those of before.
func (a Args) end() (string, error) {
	if a.Random == nil {
		return "", errors.New("no source of random bytes is given")
	}
	var b [4]byte
	if _, err := io.ReadFull(a.Random, b[:]); err != nil {
		return "", fmt.Errorf("reading random bytes: %w", err)
	}
	return fmt.Sprintf("%x", b), nil
}

// keepID is the ID of the pool. The end that the first run gives is kept in the
// stack's state; those of later runs are ignored.
func keepID(ctx *pulumi.Context, name, end string, opts ...pulumi.ResourceOption) (pulumi.StringOutput, error) {
	child := naming.Child(name, "id")
	opts = append(opts, pulumi.IgnoreChanges([]string{"input"}))
	kept, err := pulumi.NewStash(ctx, child, &pulumi.StashArgs{Input: pulumi.String(end)}, opts...)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("registering %q: %w", child, err)
	}
	return kept.Output.ApplyT(func(kept any) (string, error) { return poolID(name, kept) }).(pulumi.StringOutput), nil
}

// poolID is the name of the component, cut where it has to be, with the end.
func poolID(name string, kept any) (string, error) {
	end, ok := kept.(string)
	if !ok || end == "" {
		return "", fmt.Errorf("the kept end of the pool's ID is %v, want a text", kept)
	}
	start := name[:min(len(name), maxPoolID-len(end)-1)]
	return strings.TrimRight(start, "-") + "-" + end, nil
}
