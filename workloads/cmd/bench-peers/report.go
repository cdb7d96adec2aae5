package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

// Report is everything that was measured in one run.
type Report struct {
	// Date of the measurement, as 2026-01-31; empty if nobody asked for it.
	Date     string    `json:"date,omitempty"`
	Machine  Machine   `json:"machine"`
	Outcomes []Outcome `json:"outcomes"`
}

// plotFile is the plot's place below the folder of the page.
const plotFile = "benchmarks/ratios.svg"

// verdict says whether the aim was met.
func (o Outcome) verdict() string {
	switch {
	case o.Ratio == nil:
		return "no ratio"
	case o.Aim == 0:
		return "no aim"
	case o.Ratio.Median <= o.Aim:
		return "met"
	}
	return "not met"
}

func (o Outcome) aim() string {
	if o.Aim == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", o.Aim)
}

// line is the outcome in one line.
func (o Outcome) line() string {
	if o.Ratio == nil {
		return "no ratio: " + o.Reason
	}
	return fmt.Sprintf("ratio %.3f (half of them in %.3f..%.3f, all in %.3f..%.3f), aim %s: %s",
		o.Ratio.Median, o.Ratio.Q1, o.Ratio.Q3, o.Ratio.Min, o.Ratio.Max, o.aim(), o.verdict())
}

// peerAndVersions is the peer as the page shows it.
func (o Outcome) peerAndVersions() string {
	if len(o.Versions) == 0 {
		return o.Peer
	}
	return fmt.Sprintf("%s (%s)", o.Peer, strings.Join(o.Versions, ", "))
}

// table is the report for a terminal.
func (r Report) table() string {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CASE\tPEER\tOURS\tPEER'S\tRATIO\tQUARTILES\tAIM\t")
	for _, o := range r.Outcomes {
		if o.Ratio == nil {
			fmt.Fprintf(t, "%s\t%s\t-\t-\t-\t-\t%s\t%s\n", o.Name, o.Peer, o.aim(), o.verdict())
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.3f\t%.3f..%.3f\t%s\t%s\n", o.Name, o.Peer, duration(o.OursSeconds), duration(o.PeerSeconds),
			o.Ratio.Median, o.Ratio.Q1, o.Ratio.Q3, o.aim(), o.verdict())
	}
	_ = t.Flush() // a Builder takes everything
	for _, o := range r.Outcomes {
		if o.Ratio == nil {
			fmt.Fprintf(&b, "%s: no ratio: %s\n", o.Name, o.Reason)
		}
	}
	fmt.Fprintf(&b, "on %s\n", r.Machine)
	return b.String()
}

const pageHead = `# Beside other libraries

What the workloads take, beside libraries that people use for the same tasks. ` + "`make bench-peers`" + ` measures all of it
anew and writes this page.

`

const pageMethod = `
A ratio is our time divided by the peer's: below 1 is faster. Both sides do the task alternately in one run, on as many
threads each, after one warm-up; the ratio is made in each round, and the median of the rounds stands here, with the
range that half of them lie in. Imports and making the data are not timed. Both sides must find the same values, within
a tolerance that each case sets, or there is no ratio. A ratio above its aim is "not met".
`

// page is the report as Markdown.
func (r Report) page() string {
	var b strings.Builder
	b.WriteString(pageHead)
	fmt.Fprintf(&b, "Measured on %s, on %s.\n\n", r.Date, r.Machine)
	b.WriteString("| case | peer | threads | rounds | ours | peer's | ratio | half of the ratios | aim | |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, o := range r.Outcomes {
		if o.Ratio != nil {
			fmt.Fprintf(&b, "| %s | %s | %d | %d | %s | %s | %.2f | %.2f..%.2f | %s | %s |\n", cell(o.Name), cell(o.peerAndVersions()), o.Threads, o.Rounds,
				duration(o.OursSeconds), duration(o.PeerSeconds), o.Ratio.Median, o.Ratio.Q1, o.Ratio.Q3, o.aim(), o.verdict())
		}
	}
	fmt.Fprintf(&b, "\n![Our time divided by the peer's, for each case](%s)\n", plotFile)
	b.WriteString(pageMethod)
	r.writeNotes(&b)
	return b.String()
}

// writeNotes lists what a reader must know, and what was not run.
func (r Report) writeNotes(b *strings.Builder) {
	if slices.ContainsFunc(r.Outcomes, func(o Outcome) bool { return o.Ratio == nil }) {
		b.WriteString("\n**No ratio:**\n\n")
	}
	for _, o := range r.Outcomes {
		if o.Ratio == nil {
			fmt.Fprintf(b, "- %s, beside %s: %s\n", o.Name, o.Peer, o.Reason)
		}
	}
	if slices.ContainsFunc(r.Outcomes, func(o Outcome) bool { return len(o.Notes) > 0 }) {
		b.WriteString("\n**Notes:**\n\n")
	}
	for _, o := range r.Outcomes {
		if len(o.Notes) > 0 {
			fmt.Fprintf(b, "- %s: %s\n", o.Name, strings.Join(o.Notes, "; "))
		}
	}
}

// write makes the page and its plot in a folder. At least one case has a ratio.
func (r Report) write(dir string) error {
	file := filepath.Join(dir, filepath.FromSlash(plotFile))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if err := r.plot(file); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "benchmarks.md"), []byte(r.page()), 0o644); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// cell is text that does not end a table's cell.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// duration prints seconds with three digits that count.
func duration(seconds float64) string {
	for _, unit := range []struct {
		seconds float64
		name    string
	}{{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}} {
		if seconds >= unit.seconds {
			return fmt.Sprintf("%.3g %s", seconds/unit.seconds, unit.name)
		}
	}
	return fmt.Sprintf("%.3g ns", seconds*1e9)
}
