// Package googlepool lets machines of AWS work on Google Cloud without a key: a
// workload identity pool that takes some roles of one AWS account, and nobody else.
// They show a call of AWS that they have signed; Google has AWS say whose signature
// it is, and gives a token for an hour. Roles on Google Cloud are granted to the
// roles of AWS themselves: there is no service account between.
//
// A pool is declared first and lets nobody in. What machines need is known from
// then on. Admit lets roles in when they are there, so that a fleet can be told of
// the pool and its role can be let into it.
//
// The project needs the APIs iam.googleapis.com and sts.googleapis.com.
package googlepool

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/naming"
)

// Type of the component in Pulumi's state.
const Type = "spotgrid:trust:GooglePool"

const (
	// providerID is the name of the pool's one provider. Like a pool's it is 4..32
	// of a-z, 0-9 and hyphens (IAM API reference, workloadIdentityPools.providers).
	providerID = "aws-roles"
	// reserved is what no ID of a pool may start with.
	reserved = "gcp-"
)

// Args of a pool.
type Args struct {
	// Project is the ID of the project that the pool is in.
	Project string
	// Random gives the end of the pool's ID, 4 bytes, such as crypto/rand.Reader.
	// What it gives when the pool is first declared is kept. A pool that was deleted
	// keeps its ID for 30 days, in which no other can have it (IAM documentation,
	// "Manage workload identity pools and providers"): without this a stack that was
	// taken down could not come up again.
	Random io.Reader
}

// Pool is a workload identity pool for roles of AWS.
type Pool struct {
	pulumi.ResourceState
	// Name is projects/NUMBER/locations/global/workloadIdentityPools/ID.
	Name pulumi.StringOutput
	// Audience is whom the tokens are for that machines show: the provider.
	Audience pulumi.StringOutput
	// ClientConfig is how Google's libraries get a token on a machine of AWS, as
	// JSON: the content of the file that GOOGLE_APPLICATION_CREDENTIALS names. It
	// holds no secret.
	ClientConfig pulumi.StringOutput

	name string
	args Args
	pool *iam.WorkloadIdentityPool
}

// New declares a pool that lets nobody in. All faults of the arguments come in one
// error, before anything is registered.
func New(ctx *pulumi.Context, name string, a Args, opts ...pulumi.ResourceOption) (*Pool, error) {
	end, err := a.end()
	if err := errors.Join(naming.Check("pool", name), a.check(name), err); err != nil {
		return nil, fmt.Errorf("pool %q on google for aws: %w", name, err)
	}
	p := &Pool{name: name, args: a}
	in := pulumi.Map{"project": pulumi.String(a.Project)}
	if err := ctx.RegisterComponentResourceV2(Type, name, in, p, opts...); err != nil {
		return nil, fmt.Errorf("registering pool %q: %w", name, err)
	}
	if err := p.build(ctx, end); err != nil {
		return nil, fmt.Errorf("pool %q on google for aws: %w", name, err)
	}
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{"name": p.Name, "audience": p.Audience, "clientConfig": p.ClientConfig})
}

func (a Args) check(name string) error {
	var f limits.Faults
	if a.Project == "" {
		f.Addf("no project is given")
	}
	if strings.HasPrefix(name, reserved) {
		f.Addf("the name starts with %s, which is reserved for pools of Google", reserved)
	}
	return f.Err()
}

func (p *Pool) build(ctx *pulumi.Context, end string) (err error) {
	id, err := keepID(ctx, p.name, end, pulumi.Parent(p))
	if err != nil {
		return err
	}
	child := naming.Child(p.name, "pool")
	p.pool, err = iam.NewWorkloadIdentityPool(ctx, child, &iam.WorkloadIdentityPoolArgs{
		Project: pulumi.String(p.args.Project), WorkloadIdentityPoolId: id,
		DisplayName: pulumi.String(p.name), Description: pulumi.String("Machines of AWS that work on Google Cloud"),
	}, pulumi.Parent(p))
	if err != nil {
		return fmt.Errorf("registering pool %q: %w", child, err)
	}
	p.Name = p.pool.Name.ApplyT(checkPool).(pulumi.StringOutput)
	p.Audience = pulumi.Sprintf("//iam.googleapis.com/%s/providers/%s", p.Name, providerID)
	p.ClientConfig = p.Audience.ApplyT(clientConfig).(pulumi.StringOutput)
	return nil
}
