package cost

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

const (
	docs      = "../../docs"
	pageBegin = "<!-- Generated: go test ./workloads/cost -run Page -update -->\n"
	pageEnd   = "<!-- End of what is generated. -->\n"
)

// page holds the generated part of a document.
func page(t *testing.T, name, generated string) {
	t.Helper()
	file := filepath.Join(docs, name)
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	before, rest, begins := strings.Cut(string(b), pageBegin)
	_, after, ends := strings.Cut(rest, pageEnd)
	require.True(t, begins && ends, "%s has the lines around what is generated", name)
	golden(t, file, []byte(before+pageBegin+generated+pageEnd+after))
}

// table is one of Markdown; all columns but the first are numbers.
func table(b *strings.Builder, rows ...[]string) {
	for i, row := range rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(b, "| --- |%s\n", strings.Repeat(" ---: |", len(row)-1))
		}
	}
}

func threeOf(r Range) []string { return []string{usd(r.Low), usd(r.Likely), usd(r.High)} }

// TestThePageOfAllStacks makes the tables of docs/costs.md.
func TestThePageOfAllStacks(t *testing.T) {
	t.Parallel()
	b := &strings.Builder{}
	rows := [][]string{{"stack", "low, a month", "likely", "high", "likely, an hour"}}
	for _, name := range previews {
		e := estimated(t, name, DefaultLoad())
		rows = append(rows, append(append([]string{previewNames[name]}, threeOf(e.MonthlyUSD)...), fmt.Sprintf("$%.3f", e.HourlyUSD().Likely)))
	}
	table(b, rows...)
	fmt.Fprintf(b, "\nThe load: %s.\n\n", DefaultLoad())
	rows = [][]string{{"`aws-dev`, by its load", "likely, a month", "of which machines", "for a job"}}
	for _, jobs := range []float64{0, 100, 1000, 5000, 10000} {
		load := DefaultLoad()
		load.JobsPerDay = jobs
		e := estimated(t, "aws-dev", load)
		perJob := "-"
		if jobs > 0 {
			perJob = fmt.Sprintf("$%.5f", e.MonthlyUSD.Likely/jobs/daysPerMonth)
		}
		rows = append(rows, []string{
			strconv.FormatFloat(jobs, 'f', -1, 64) + " jobs of a minute a day", usd(e.MonthlyUSD.Likely),
			usd(line(t, e, "fleet grid-spot", "machines on spot").MonthlyUSD.Likely), perJob,
		})
	}
	table(b, rows...)
	page(t, "costs.md", b.String())
}

// previewNames are those that pages call previews by.
var previewNames = map[string]string{
	"aws-dev": "`aws-dev`", "aws-dev-larger": "`aws-dev` with a larger fleet, never without machines", "aws-prod": "`aws-prod`",
	"gcp-dev": "`gcp-dev`", "gcp-dev-bucket": "`gcp-dev` with a bucket for a volume", "gcp-prod": "`gcp-prod`", "multicloud": "`multicloud`",
}

// TestThePageOfGoogleCloud makes docs/gcp-costs.md.
func TestThePageOfGoogleCloud(t *testing.T) {
	t.Parallel()
	b := &strings.Builder{}
	sources := map[string]bool{}
	for _, name := range []string{"gcp-dev", "gcp-dev-bucket", "gcp-prod", "multicloud"} {
		e := estimated(t, name, DefaultLoad())
		fmt.Fprintf(b, "## %s\n\n", previewNames[name])
		rows := [][]string{{"", "low, a month", "likely", "high", "made of, likely"}}
		for _, p := range e.Parts {
			rows = append(rows, append(append([]string{p.Component}, threeOf(p.MonthlyUSD)...), itemsOf(e, p.Component)))
		}
		rows = append(rows, append(append([]string{"**all**"}, threeOf(e.MonthlyUSD)...), fmt.Sprintf("**$%.3f an hour idle, $%.3f likely**", e.HourlyUSD().Low, e.HourlyUSD().Likely)))
		table(b, rows...)
		for _, text := range slices.Concat(e.Assumptions, NewReport(e).groupedUnpriced()) {
			fmt.Fprintf(b, "\nNot exact: %s.\n", text)
		}
		b.WriteString("\n")
		for _, id := range e.Sources {
			sources[id] = true
		}
	}
	writeFilestore(t, b)
	writeSources(b, book(t), sources)
	page(t, "gcp-costs.md", b.String())
}

// itemsOf are a component's three dearest items.
func itemsOf(e *Estimate, component string) string {
	var texts []string
	for _, l := range NewReport(e).linesOf(component)[:min(3, len(NewReport(e).linesOf(component)))] {
		texts = append(texts, fmt.Sprintf("%s %s", l.Item, usd(l.MonthlyUSD.Likely)))
	}
	return strings.Join(texts, ", ")
}

// writeFilestore says what the smallest instance of each tier costs. Source of the
// sizes: "Service tiers" in the documentation of Filestore.
func writeFilestore(t *testing.T, b *strings.Builder) {
	t.Helper()
	b.WriteString("## The smallest Filestore\n\n")
	rows := [][]string{{"tier", "smallest, GiB", "a GiB-month", "a month", "a year"}}
	for _, c := range []struct {
		tier string
		gib  float64
	}{{"BASIC_HDD", 1024}, {"BASIC_SSD", 2560}, {"ZONAL", 1024}, {"REGIONAL", 1024}, {"ENTERPRISE", 1024}} {
		p, ok := book(t).Find("gcp", "us-central1", tiers[c.tier])
		require.True(t, ok, c.tier)
		rows = append(rows, []string{c.tier, strconv.FormatFloat(c.gib, 'f', -1, 64), usd(p.USD), usd(p.USD * c.gib), usd(p.USD * c.gib * 12)})
	}
	p, _ := book(t).Find("gcp", "us-central1", "gcs_standard_gib_month")
	rows = append(rows, []string{"a bucket with 10 GiB in it, for comparison", "0", usd(p.USD), usd(p.USD * 10), usd(p.USD * 120)})
	table(b, rows...)
}

func writeSources(b *strings.Builder, prices *pricing.Book, used map[string]bool) {
	b.WriteString("\n## Sources\n\n")
	for _, s := range prices.Sources {
		if used[s.ID] {
			fmt.Fprintf(b, "- [%s](%s), of %s. %s\n", s.ID, s.URL, s.AsOf, s.Method)
		}
	}
}

// TestTheSamplePageOfAPullRequest makes docs/sample-cost.md: aws-dev, of
// which a pull request makes the fleet larger, with the budget of its config.
func TestTheSamplePageOfAPullRequest(t *testing.T) {
	t.Parallel()
	r := NewReport(estimated(t, "aws-dev-larger", DefaultLoad()))
	r.Against("the branch that it goes to", estimated(t, "aws-dev", DefaultLoad()))
	r.Within(100, Likely)
	var out bytes.Buffer
	require.NoError(t, r.WriteMarkdown(&out))
	golden(t, filepath.Join(docs, "sample-cost.md"), out.Bytes())
}

// TestTwoWaysToComputeAnIdleGridAgree: docs/aws-costs.md counts by hand what the
// estimate finds in a preview. The estimate alone has calls on a schedule.
func TestTwoWaysToComputeAnIdleGridAgree(t *testing.T) {
	t.Parallel()
	for _, grid := range pricing.AWSGrids() {
		want, err := book(t).IdleHourlyUSD(grid)
		require.NoError(t, err)
		const ofSchedules = 0.01
		assert.InDelta(t, want*HoursPerMonth, estimated(t, grid.Name, DefaultLoad()).MonthlyUSD.Low, ofSchedules, grid.Name)
	}
}
