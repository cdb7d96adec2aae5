package cost

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAmountsOfMoney(t *testing.T) {
	t.Parallel()
	for n, want := range map[float64]string{
		0: "$0.00", 0.004: "<$0.01", 0.005: "$0.01", 1234567.891: "$1,234,567.89", 999.999: "$1,000.00", -12.5: "-$12.50", 100: "$100.00",
	} {
		assert.Equal(t, want, usd(n))
	}
	assert.Equal(t, "+$3.10", change(3.1))
	assert.Equal(t, "-$3.10", change(-3.1))
	assert.Equal(t, "-", change(0.001))
}

// changed is the report of aws-dev with a larger fleet against aws-dev.
func changed(t *testing.T) *Report {
	t.Helper()
	r := NewReport(estimated(t, "aws-dev-larger", DefaultLoad()))
	r.Against("what is deployed", estimated(t, "aws-dev", DefaultLoad()))
	r.Steps = map[string]int{"update": 2, "same": 83}
	return r
}

func TestAReportSaysWhatChanges(t *testing.T) {
	t.Parallel()
	r := changed(t)
	assert.Equal(t, "fleet grid-spot", r.Change.Parts[0].Component, "the greatest change is the first")
	assert.InDelta(t, r.MonthlyUSD.Likely-r.Change.Before.Likely, r.Change.MonthlyUSD.Likely, 1e-9)
	sum := 0.0
	for _, p := range r.Change.Parts {
		sum += p.MonthlyUSD.Likely
		assert.NotEqual(t, "watch grid-watch", p.Component, "it costs the same")
	}
	assert.InDelta(t, r.Change.MonthlyUSD.Likely, sum, 1e-9)
}

func TestWhatIsGoneIsInTheTable(t *testing.T) {
	t.Parallel()
	r := NewReport(Of(newDeployment("aws-dev", nil, nil), book(t), DefaultLoad()))
	r.Against("what is deployed", estimated(t, "aws-dev", DefaultLoad()))
	var out bytes.Buffer
	require.NoError(t, r.WriteText(&out, false))
	assert.Regexp(t, `(?m)^fleet grid-spot +\$0\.00 +\$0\.00 +\$0\.00 +-\$`, out.String())
	assert.Negative(t, r.Change.MonthlyUSD.Likely)
}

func TestABudgetIsKeptOrNot(t *testing.T) {
	t.Parallel()
	r := changed(t)
	assert.True(t, r.Within(r.MonthlyUSD.Likely, Likely), "exactly the budget is within it")
	assert.False(t, r.Within(r.MonthlyUSD.Likely-0.01, Likely))
	assert.False(t, r.Within(r.MonthlyUSD.Likely, High))
	assert.True(t, r.Within(r.MonthlyUSD.Likely, Low))
	assert.False(t, r.Within(10, Likely))
	assert.Regexp(t, `^OVER BUDGET: \$[\d.]+ a month \(likely\) is \$[\d.]+ more than \$10\.00\.$`, r.budgetText())
}

func TestAReportAsJSONHasEverything(t *testing.T) {
	t.Parallel()
	r := changed(t)
	r.Within(100, Likely)
	b, err := json.Marshal(r)
	require.NoError(t, err)
	var back Report
	require.NoError(t, json.Unmarshal(b, &back))
	assert.Equal(t, *r, back)
	for _, key := range []string{`"stack":"aws-dev"`, `"monthly_usd":{"low":`, `"hourly_usd":`, `"unpriced":[`, `"change":{"with":`, `"budget":{"monthly_usd":100`, `"load":{"jobs_per_day":1000`} {
		assert.Contains(t, string(b), key)
	}
}

// TestNamesOfOthersStayText: who opens a pull request chooses names.
func TestNamesOfOthersStayText(t *testing.T) {
	t.Parallel()
	evil := "a|b`<img src=x>--> \\[x](y) @everyone\n## big"
	r := Resource{URN: "urn:pulumi:" + strings.ReplaceAll(evil, ":", "") + "::p::t::" + evil, Type: "evil:a/b:" + evil}
	d := newDeployment(evil, nil, []Resource{r, {URN: "urn:pulumi:s::p::aws:ec2/eip:Eip::x", Type: "aws:ec2/eip:Eip", Parent: "c", inputs: map[string]any{"region": "us-east-1"}},
		{URN: "c", Type: "spotgrid:" + evil + ":X"}})
	var out bytes.Buffer
	require.NoError(t, NewReport(Of(d, book(t), DefaultLoad())).WriteMarkdown(&out))
	lines := strings.Split(out.String(), "\n")
	assert.True(t, strings.HasPrefix(lines[0], "<!-- ") && strings.Count(lines[0], "-->") == 1 && strings.HasSuffix(lines[0], " -->"), lines[0])
	for _, never := range []string{"<img", "\n## big", "@everyone", "[x]("} {
		assert.NotContains(t, strings.ReplaceAll(out.String(), `\\\[`, ""), never)
	}
	assert.Contains(t, out.String(), `\\\[x](y)`, "both are escaped")
}

func TestTheMarkerIsTheSameForEveryReportOfAStack(t *testing.T) {
	t.Parallel()
	for _, r := range []*Report{changed(t), NewReport(estimated(t, "aws-dev", DefaultLoad()))} {
		var out bytes.Buffer
		require.NoError(t, r.WriteMarkdown(&out))
		assert.True(t, strings.HasPrefix(out.String(), Marker("aws-dev")+"\n"))
		assert.Equal(t, strings.Count(out.String(), "<details>"), strings.Count(out.String(), "</details>"))
	}
	assert.NotEqual(t, Marker("aws-dev"), Marker("aws-prod"))
}
