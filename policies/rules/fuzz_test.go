package rules

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// words are property names that rules read, and values that mean something to them.
var words = []string{
	"policy", "assumeRolePolicy", "metadataOptions", "httpTokens", "mixedInstancesPolicy", "instancesDistribution", "launchTemplate", "overrides", "instanceType",
	"instanceRequirements", "blockDeviceMappings", "ebs", "volumeType", "tags", "labels", "key", "value", "name", "template", "containers", "envs", "image",
	"networkInterfaces", "accessConfigs", "fileShares", "nfsExportOptions", "squashMode", "redrivePolicy", "deadLetterPolicy", "topic", "alarmActions",
	"ingress", "cidrBlocks", "allows", "ports", "protocol", "sourceRanges", "notifications", "thresholdRules", "metadata", "userData", "versions", "0", "1",
	"environment", "variables", "serviceAccount", "scopes", "disks", "notificationChannels", "members", "initialLifecycleHooks", "scheduling", "minSize",
	"", "*", "?", "{", `{"Statement":[{"Effect":"Allow","Action":7,"Resource":[null],"Principal":{"AWS":[1]},"Condition":{"Bool":{"aws:SecureTransport":null}}}]}`,
	`{"Statement":{"Effect":"Allow"}}`, "0.0.0.0/0", "22-x", "$Latest", "arn:::::*", "-1", "1e999", "NaN", "s", "policy-waiver-no-wildcards", "until 2026-13-99",
}

// grow makes a value of random kinds, no deeper than depth.
func grow(r *rand.Rand, depth int) policy.Value {
	v := policy.Value{}
	switch n := r.IntN(12); {
	case n < 4 && depth > 0:
		object := map[string]policy.Value{}
		for range r.IntN(7) {
			object[words[r.IntN(len(words))]] = grow(r, depth-1)
		}
		v = policy.OfObject(object)
	case n < 6 && depth > 0:
		var list []policy.Value
		for range r.IntN(4) {
			list = append(list, grow(r, depth-1))
		}
		v = policy.OfList(list)
	case n == 6:
		v = policy.NotKnown()
	case n == 7:
		v = policy.Of(r.NormFloat64() * 1000)
	case n == 8:
		v = policy.Of(r.IntN(2) == 0)
	case n == 9:
		v = policy.Opaque()
	case n == 10:
	default:
		v = policy.Of(words[r.IntN(len(words))])
	}
	if r.IntN(10) == 0 {
		return v.AsSecret()
	}
	return v
}

// allTypes are those that some rule looks at.
func allTypes() (all []string) {
	for _, r := range All() {
		all = append(all, r.Types...)
	}
	slices.Sort(all)
	return append(slices.Compact(all), "pulumi:pulumi:Stack", "gcp:storage/bucketIAMMember:BucketIAMMember", "x", "")
}

// FuzzNoRulePanics runs all rules over stacks of random resources that refer to each
// other. Run returns what a rule panicked with as an error.
func FuzzNoRulePanics(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, []byte(`{"a":[1,"?",{"b":null}]}`), "policy")
	}
	kinds, rules := allTypes(), All()
	all := policy.Settings{}
	for _, r := range rules {
		all[r.Name] = policy.Setting{Level: policy.Mandatory}
	}
	f.Fuzz(func(t *testing.T, seed uint64, encoded []byte, property string) {
		r := rand.New(rand.NewPCG(seed, 1))
		var given any
		if json.Unmarshal(encoded, &given) != nil {
			given = string(encoded)
		}
		var stack []*policy.Resource
		for i := range 1 + r.IntN(30) {
			res := &policy.Resource{Type: kinds[r.IntN(len(kinds))], Name: fmt.Sprint(i), URN: urn(fmt.Sprint(i)), Props: grow(r, 5), Refers: map[string][]string{}}
			res.Props = res.Props.With(property, marked(given))
			for range r.IntN(4) {
				res.Refers[words[r.IntN(len(words))]] = []string{urn(fmt.Sprint(r.IntN(30)))}
			}
			stack = append(stack, res)
		}
		_, err := policy.Run(rules, stackOf(stack), stackOf(stack), all, today)
		require.NoError(t, err)
		s := policy.NewSession(rules, "spotgrid", "dev", today)
		for _, rule := range rules {
			for _, res := range stack {
				_, _, err := s.Mend(rule, res, nil)
				require.NoError(t, err)
			}
		}
	})
}
