package googlepool

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
)

const (
	// roleAttribute is what tokens say of a role, and grants go by.
	roleAttribute = "attribute.aws_role"
	// roleExpression makes arn:aws:sts::ACCOUNT:assumed-role/ROLE, which all machines
	// with a role have in common, of arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION.
	// Whoever has assumed no role, such as a user, keeps an ARN that no condition here
	// lets in. It is what Google maps by default ("Configure Workload Identity
	// Federation with AWS" in the IAM documentation), written down so that it stays.
	roleExpression = `assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn`
	// subjectExpression is the session, such as the machine, for logs: up to 127
	// bytes, which account, role (64) and machine (19) do not reach.
	subjectExpression = "assertion.arn"
	// maxCondition is the longest condition (IAM API reference,
	// workloadIdentityPools.providers).
	maxCondition = 4096
)

// rolePattern is of a role of AWS, outside China, with or without a path, which the
// ARNs of sessions do not have.
var rolePattern = regexp.MustCompile(`^arn:aws:iam::([0-9]{12}):role/(?:[!-~]+/)?([A-Za-z0-9_+=,.@-]{1,64})$`)

// Admit lets roles of one AWS account into the pool, given by their ARNs, and
// returns for each the member that grants on Google Cloud name: every machine
// with that role. Call it once for a pool. That roles are of several accounts, or
// are none, is known when they are there.
func (p *Pool) Admit(ctx *pulumi.Context, roleARNs ...pulumi.StringInput) ([]pulumi.StringOutput, error) {
	if len(roleARNs) == 0 {
		return nil, fmt.Errorf("pool %q on google for aws: no roles are given", p.name)
	}
	admitted := pulumi.ToStringArrayOutput(outputs(roleARNs)).ApplyT(admit).(pulumi.StringMapOutput)
	child := naming.Child(p.name, "provider")
	_, err := iam.NewWorkloadIdentityPoolProvider(ctx, child, &iam.WorkloadIdentityPoolProviderArgs{
		Project: pulumi.String(p.args.Project), WorkloadIdentityPoolId: p.pool.WorkloadIdentityPoolId,
		WorkloadIdentityPoolProviderId: pulumi.String(providerID),
		DisplayName:                    pulumi.String(p.name), Description: pulumi.String("Takes the roles of the grid's machines on AWS"),
		Aws:                iam.WorkloadIdentityPoolProviderAwsArgs{AccountId: admitted.MapIndex(pulumi.String("account"))},
		AttributeMapping:   pulumi.StringMap{"google.subject": pulumi.String(subjectExpression), roleAttribute: pulumi.String(roleExpression)},
		AttributeCondition: admitted.MapIndex(pulumi.String("condition")),
	}, pulumi.Parent(p))
	if err != nil {
		return nil, fmt.Errorf("registering provider %q: %w", child, err)
	}
	var members []pulumi.StringOutput
	for _, arn := range roleARNs {
		assumed := arn.ToStringOutput().ApplyT(assumedRole).(pulumi.StringOutput)
		members = append(members, pulumi.Sprintf("principalSet://iam.googleapis.com/%s/%s/%s", p.Name, roleAttribute, assumed))
	}
	return members, nil
}

func outputs(inputs []pulumi.StringInput) (all []pulumi.StringOutput) {
	for _, i := range inputs {
		all = append(all, i.ToStringOutput())
	}
	return all
}

// admit makes the account and the condition that lets these roles in. The error
// names every fault.
func admit(roleARNs []string) (map[string]string, error) {
	var errs []error
	var assumed, accounts []string
	for _, arn := range roleARNs {
		role, err := assumedRole(arn)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		assumed = append(assumed, role)
		accounts = append(accounts, rolePattern.FindStringSubmatch(arn)[1])
	}
	slices.Sort(accounts)
	if of := slices.Compact(accounts); len(of) > 1 {
		errs = append(errs, fmt.Errorf("the roles are of the accounts %s, want one", strings.Join(of, " and ")))
	}
	slices.Sort(assumed) // the order that they are given in changes nothing
	list, err := json.Marshal(slices.Compact(assumed))
	condition := roleAttribute + " in " + string(list)
	if len(condition) > maxCondition {
		errs = append(errs, fmt.Errorf("the condition has %d bytes, want %d at most: there are too many roles", len(condition), maxCondition))
	}
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, fmt.Errorf("letting roles of AWS into the pool: %w", err)
	}
	return map[string]string{"account": accounts[0], "condition": condition}, nil
}

// assumedRole is what the sessions of a role have in common.
func assumedRole(roleARN string) (string, error) {
	part := rolePattern.FindStringSubmatch(roleARN)
	if part == nil {
		return "", fmt.Errorf("role is %q, want an ARN such as arn:aws:iam::123456789012:role/grid, outside China", roleARN)
	}
	return "arn:aws:sts::" + part[1] + ":assumed-role/" + part[2], nil
}
