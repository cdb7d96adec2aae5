package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spotgrid/spotgrid/tools/pipeline/plan"
	"github.com/spotgrid/spotgrid/tools/pipeline/report"
)

// printTable shows what the previews of stacks found.
func printTable(w io.Writer, stacks []report.Stack) {
	if len(stacks) == 0 {
		fmt.Fprintln(w, "no stack is touched")
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "STACK\tPREVIEW")
	for _, op := range plan.Ops {
		fmt.Fprintf(t, "\t%s", op)
	}
	fmt.Fprintln(t, "\tA MONTH\tSECONDS\tTOUCHED BY")
	total := 0.0
	for _, s := range stacks {
		total += s.Seconds
		state := s.Mode
		if s.Error != "" {
			state = "FAILED"
		}
		fmt.Fprintf(t, "%s\t%s", s.Stack, state)
		for _, op := range plan.Ops {
			fmt.Fprintf(t, "\t%d", s.Plan.Count(op))
		}
		fmt.Fprintf(t, "\t%s\t%.1f\t%s\n", s.Money, s.Seconds, s.File)
	}
	fmt.Fprintf(t, "total\t\t\t\t\t\t\t%.1f\t\n", total)
	t.Flush()
}
