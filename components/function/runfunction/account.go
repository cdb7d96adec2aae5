package runfunction

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/cloudrunv2"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/serviceaccount"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// invoker is the role to call a service, given on one service only.
	// Source: https://cloud.google.com/run/docs/reference/iam/roles
	invoker = "roles/run.invoker"
	// everybody is also who does not say who it is.
	everybody = "allUsers"

	// maxAccountID is how long an account's ID may be (IAM API reference,
	// projects.serviceAccounts.create), hashDigits what tells stacks apart.
	maxAccountID = 30
	hashDigits   = 8
)

// accountID makes an account's ID of a resource's name: Pulumi does not name
// accounts, whose IDs all stacks of a project share.
func accountID(stack, name string) string {
	sum := sha256.Sum256([]byte(stack + "/" + name))
	start := name[:min(len(name), maxAccountID-hashDigits-1)]
	return strings.TrimRight(start, "-") + "-" + hex.EncodeToString(sum[:])[:hashDigits]
}

func (p *plan) account(child, why string) (*serviceaccount.Account, error) {
	stack := p.ctx.Organization() + "/" + p.ctx.Project() + "/" + p.ctx.Stack()
	return serviceaccount.NewAccount(p.ctx, p.child(child), &serviceaccount.AccountArgs{
		Project: pulumi.String(p.options.Project), AccountId: pulumi.String(accountID(stack, p.child(child))),
		Description: pulumi.String(why),
	}, p.parent)
}

// buildAccount makes what the function runs as, and no other function does.
func (p *plan) buildAccount() (err error) {
	if p.built.Account = p.options.Account; p.built.Account != nil {
		return nil
	}
	p.built.Account, err = p.account("account", "What the function "+p.name+" may do")
	return err
}

// NewAccount makes the account of a function for those who need it before the
// function, as Options.Account.
func NewAccount(ctx *pulumi.Context, project, function string, parent pulumi.ResourceOption) (*serviceaccount.Account, error) {
	p := &plan{Driver: New(Options{Project: project}), ctx: ctx, name: function, parent: parent}
	if err := p.buildAccount(); err != nil {
		return nil, fmt.Errorf("registering service account of function %q: %w", function, err)
	}
	return p.built.Account, nil
}

// buildPublic lets everybody call the function, if that is asked for.
func (p *plan) buildPublic() error {
	if !p.options.Public {
		return nil
	}
	_, err := p.letCall(p.ctx, p.child("public"), p.built.Service, pulumi.String(everybody), p.parent)
	return err
}

// buildCaller makes what queues and the clock call as: both may do the same,
// call this one function, and nothing else.
func (p *plan) buildCaller() (err error) {
	if p.args.Source == nil && len(p.args.Schedules) == 0 {
		return nil
	}
	p.built.Caller, err = p.account("caller", "What calls the function "+p.name)
	if err != nil {
		return err
	}
	p.mayCall, err = p.letCall(p.ctx, p.child("caller-calls"), p.built.Service, p.built.Caller.Member, p.parent)
	return err
}

// letCall lets a member call a service.
func (d *Driver) letCall(ctx *pulumi.Context, name string, s *cloudrunv2.Service, member pulumi.StringInput, parent pulumi.ResourceOption) (pulumi.Resource, error) {
	return cloudrunv2.NewServiceIamMember(ctx, name, &cloudrunv2.ServiceIamMemberArgs{
		Project: pulumi.String(d.options.Project), Location: pulumi.String(d.options.Region), Name: s.Name,
		Role: pulumi.String(invoker), Member: member,
	}, parent)
}
