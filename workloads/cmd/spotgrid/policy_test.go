package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// inPolicies is a file of the policy pack.
func inPolicies(t *testing.T, part ...string) string {
	t.Helper()
	name, err := filepath.Abs(filepath.Join(append([]string{"..", "..", "..", "policies"}, part...)...))
	require.NoError(t, err)
	return name
}

// fewRules is a configuration in which only rules hold that were switched on.
func fewRules(t *testing.T, config string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "config.json")
	require.NoError(t, os.WriteFile(name, []byte(config), 0o600))
	return name
}

const logsState = `{"deployment": {"resources": [
	{"urn": "urn:pulumi:dev::spotgrid::aws:cloudwatch/logGroup:LogGroup::logs", "type": "aws:cloudwatch/logGroup:LogGroup",
		"inputs": {"retentionInDays": RETENTION}, "outputs": {}}]}}`

func TestAStackThatKeepsTheRulesPasses(t *testing.T) {
	t.Parallel()
	config := fewRules(t, `{"all": "disabled", "logs-expire": "mandatory"}`)
	a := spotgrid(t, strings.Replace(logsState, "RETENTION", "30", 1), "policy", "check", "-", "--config", config)
	require.Zero(t, a.code, a.err)
	assert.Regexp(t, `^1 rules on 1 resources of spotgrid/dev: 0 mandatory and 0 advisory violations, 0 waived, 0 values not decided, \d+ rules disabled\n$`, a.out)
}

func TestAMandatoryRuleThatIsViolatedIsExitCodeFour(t *testing.T) {
	t.Parallel()
	stdin := strings.Replace(logsState, "RETENTION", "4000", 1)
	a := spotgrid(t, stdin, "policy", "check", "-", "--config", fewRules(t, `{"all": "disabled", "logs-expire": "mandatory"}`))
	assert.Equal(t, 4, a.code)
	assert.Contains(t, a.out, "mandatory logs-expire (cost, medium) logs [aws:cloudwatch/logGroup:LogGroup]\n    retentionInDays is 4000, want 1..365: ")
	advised := spotgrid(t, stdin, "policy", "check", "-", "--config", fewRules(t, `{"all": "disabled", "logs-expire": "advisory"}`))
	assert.Zero(t, advised.code, advised.err)
	assert.Contains(t, advised.out, "advisory logs-expire")
}

func TestWhatCannotBeDecidedIsCountedAndListed(t *testing.T) {
	t.Parallel()
	stdin := strings.Replace(logsState, "RETENTION", `"3eeb2bf0-c639-47a8-9e75-3b44932eb421"`, 1)
	config := fewRules(t, `{"all": "disabled", "logs-expire": "mandatory"}`)
	a := spotgrid(t, stdin, "policy", "check", "-", "--config", config, "--undecided")
	require.Zero(t, a.code, a.err)
	assert.Contains(t, a.out, "undecided logs-expire logs [aws:cloudwatch/logGroup:LogGroup]\n    retentionInDays is not known yet\n")
	assert.Contains(t, a.out, ", 1 values not decided, ")
}

func TestAnExampleInJSONHasWhatTheTextSays(t *testing.T) {
	t.Parallel()
	a := spotgrid(t, "", "policy", "check", inPolicies(t, "testdata", "bad", "expired-waiver-aws", "stack.json"), "--config", inPolicies(t, "config", "prod.json"), "--json")
	assert.Equal(t, 4, a.code)
	var res policy.Result
	require.NoError(t, json.Unmarshal([]byte(a.out), &res))
	require.NotEmpty(t, res.Violations)
	var waivers policy.Violation
	for _, v := range res.Violations {
		if v.Rule == "valid-waivers" {
			waivers = v
		}
	}
	assert.Equal(t, policy.Mandatory, waivers.Level)
	assert.True(t, strings.HasSuffix(waivers.URN, "::logs"), waivers.URN)
}

func TestASecretOfAFoundStackIsNotShown(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lone-machine-aws", "open-queue-aws", "gpu-group-gcp", "loose-share-gcp"} {
		for _, arg := range []string{"--undecided", "--json"} {
			a := spotgrid(t, "", "policy", "check", inPolicies(t, "testdata", "bad", name, "stack.json"), arg)
			assert.NotEmpty(t, a.out)
			for _, secret := range []string{"AKIAIOSFODNN7EXAMPLE", "ghp_"} {
				assert.NotContains(t, a.out+a.err, secret, name)
			}
		}
	}
}

func TestEveryFaultOfAPolicyCheckIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	a := spotgrid(t, `{"version": 3}`, "policy", "check", "-", "--config", fewRules(t, `{"all": "hard", "no-such-rule": "advisory"}`))
	assert.Equal(t, 2, a.code)
	for _, want := range []string{"all is hard", `rule "no-such-rule" is not known`, "neither an exported state"} {
		assert.Contains(t, a.err, want)
	}
	missing := spotgrid(t, "", "policy", "check", "no-such-file.json", "--config", "no-such-config.json")
	assert.Equal(t, 2, missing.code)
	assert.Contains(t, missing.err, "no-such-file.json")
	assert.Contains(t, missing.err, "no-such-config.json")
}
