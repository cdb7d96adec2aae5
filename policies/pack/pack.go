// Package pack lets Pulumi's engine run rules: as a policy pack of the Go SDK.
package pack

import (
	"context"
	"fmt"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// Name and version of the pack, which the engine prints with each violation.
const (
	Name    = "spotgrid"
	version = "0.1.0"
)

// New makes what policyx.Main takes. The engine calls it once for each stack that
// it runs the pack on.
func New(rules []policy.Rule, now func() time.Time) func(*pulumi.Context) (policyx.PolicyPack, error) {
	return func(ctx *pulumi.Context) (policyx.PolicyPack, error) {
		policies, err := Policies(rules, policy.NewSession(rules, ctx.Project(), ctx.Stack(), now()))
		if err != nil {
			return nil, err
		}
		// The level of the pack is not used by the engine: each rule has its own.
		return policyx.NewPolicyPack(Name, semver.MustParse(version), policyx.EnforcementLevelAdvisory, policies)
	}
}

// Policies are the rules as the engine takes them. A rule of the whole stack is two
// of them with one name: the engine hands a rule's options only to what looks at
// single resources, so that one listens for them and reports nothing.
func Policies(rules []policy.Rule, s *policy.Session) ([]policyx.Policy, error) {
	var all []policyx.Policy
	for _, r := range rules {
		if err := r.Check(); err != nil {
			return nil, err
		}
		switch {
		case r.Each != nil:
			all = append(all, each(r, s))
		case r.Mend != nil:
			all = append(all, mend(r, s))
		default:
			all = append(all, listen(r, s), whole(r, s))
		}
	}
	return all, nil
}

func each(r policy.Rule, s *policy.Session) policyx.Policy {
	return policyx.NewResourceValidationPolicy(r.Name, policyx.ResourceValidationPolicyArgs{
		Description: Describe(r), EnforcementLevel: levels[r.Level], ConfigSchema: schema(r),
		ValidateResource: func(_ context.Context, a policyx.ResourceValidationArgs) error {
			o, err := s.Each(r, resource(a.Resource), a.Config)
			report(a.Manager, o)
			return err
		},
	})
}

func mend(r policy.Rule, s *policy.Session) policyx.Policy {
	return policyx.NewResourceRemediationPolicy(r.Name, policyx.ResourceRemediationPolicyArgs{
		Description: Describe(r), ConfigSchema: schema(r),
		RemediateResource: func(_ context.Context, a policyx.ResourceRemediationArgs) (*property.Map, error) {
			mended, changed, err := s.Mend(r, resource(a.Resource), a.Config)
			if err != nil || !changed {
				return nil, err
			}
			// The engine takes the whole map in place of the inputs.
			whole := unchanged(mended, property.New(a.Resource.Properties)).AsMap()
			return &whole, nil
		},
	})
}

func listen(r policy.Rule, s *policy.Session) policyx.Policy {
	return policyx.NewResourceValidationPolicy(r.Name, policyx.ResourceValidationPolicyArgs{
		Description: Describe(r), EnforcementLevel: levels[r.Level], ConfigSchema: schema(r),
		ValidateResource: func(_ context.Context, a policyx.ResourceValidationArgs) error {
			s.SetOptions(r.Name, a.Config)
			return nil
		},
	})
}

func whole(r policy.Rule, s *policy.Session) policyx.Policy {
	return policyx.NewStackValidationPolicy(r.Name, policyx.StackValidationPolicyArgs{
		Description: Describe(r), EnforcementLevel: levels[r.Level], ConfigSchema: schema(r),
		ValidateStack: func(_ context.Context, a policyx.StackValidationArgs) error {
			stack := s.Stack()
			for _, res := range a.Resources {
				stack.Resources = append(stack.Resources, resource(res))
			}
			o, err := s.Whole(r, stack)
			report(a.Manager, o)
			return err
		},
	})
}

func report(m policyx.PolicyManager, o policy.Outcome) {
	for _, v := range o.Violations {
		m.ReportViolation(v.Message, v.URN)
	}
}

// Describe is what the engine shows above a violation.
func Describe(r policy.Rule) string {
	return fmt.Sprintf("[%s, %s] %s", r.Area, r.Severity, r.Doc)
}

var levels = map[policy.Level]policyx.EnforcementLevel{
	policy.Advisory: policyx.EnforcementLevelAdvisory, policy.Mandatory: policyx.EnforcementLevelMandatory,
	policy.Disabled: policyx.EnforcementLevelDisabled, policy.Remediate: policyx.EnforcementLevelRemediate,
}

// schema is a JSON schema of a rule's options; nil without any.
func schema(r policy.Rule) *policyx.ConfigSchema {
	if len(r.Options) == 0 {
		return nil
	}
	properties := map[string]map[string]any{}
	for _, o := range r.Options {
		p := map[string]any{"type": o.SchemaType(), "default": o.Default, "description": o.Doc}
		if o.Min < o.Max {
			p["minimum"], p["maximum"] = o.Min, o.Max
		}
		properties[o.Name] = p
	}
	return &policyx.ConfigSchema{Properties: properties}
}
