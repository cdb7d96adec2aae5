package cost

import (
	"fmt"
	"io"
	"strings"
)

// Marker is the invisible first line of a comment on a pull request: who posts the
// next one edits the comment that has it.
func Marker(stack string) string { return "<!-- spotgrid cost: " + escape(stack) + " -->" }

// WriteMarkdown prints the report as a comment on a pull request.
func (r *Report) WriteMarkdown(w io.Writer) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s\n### What `%s` would cost: %s\n\n", Marker(r.Stack), escape(r.Stack), r.headline())
	if r.Budget != nil {
		fmt.Fprintf(b, "**%s**\n\n", r.budgetText())
	}
	head, rule := "| a month | low | likely | high |", "| --- | ---: | ---: | ---: |"
	if r.Change != nil {
		head, rule = head+" change |", rule+" ---: |"
	}
	fmt.Fprintf(b, "%s\n%s\n", head, rule)
	row := func(name string, m Range, likely float64, mark string) {
		fmt.Fprintf(b, "| %s%s%s | %s | %s%s%s | %s |", mark, escape(name), mark, usd(m.Low), mark, usd(m.Likely), mark, usd(m.High))
		if r.Change != nil {
			fmt.Fprintf(b, " %s%s%s |", mark, change(likely), mark)
		}
		b.WriteString("\n")
	}
	for _, p := range r.rows() {
		row(p.Component, p.MonthlyUSD, r.changeOf(p.Component), "")
	}
	total := 0.0
	if r.Change != nil {
		total = r.Change.MonthlyUSD.Likely
	}
	row("all", r.MonthlyUSD, total, "**")
	fmt.Fprintf(b, "\n%s.\n", strings.ToUpper(legend[:1])+legend[1:])
	r.details(b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) headline() string {
	text := usd(r.MonthlyUSD.Likely) + " a month"
	switch {
	case r.Change == nil:
		return text
	case change(r.Change.MonthlyUSD.Likely) == noChange:
		return text + " (no change)"
	}
	return text + " (" + change(r.Change.MonthlyUSD.Likely) + ")"
}

// details are folded: what has no price, what the numbers rest on.
func (r *Report) details(b *strings.Builder) {
	if len(r.Unpriced) > 0 {
		fmt.Fprintf(b, "\n<details><summary>%d without a price, not in the sums</summary>\n\n", len(r.Unpriced))
		for _, text := range r.groupedUnpriced() {
			fmt.Fprintf(b, "- %s\n", escape(text))
		}
		b.WriteString("\n</details>\n")
	}
	b.WriteString("\n<details><summary>What the numbers rest on</summary>\n\n")
	for _, text := range r.notes() {
		if text != "" && (r.Budget == nil || text != r.budgetText()) {
			fmt.Fprintf(b, "- %s\n", escape(text))
		}
	}
	fmt.Fprintf(b, "- %d resources cost nothing by themselves. Free tiers, discounts and taxes are not counted.\n\n</details>\n", r.Free)
}

// escaper keeps names, which others may choose, from being more than text.
var escaper = strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", ">", "&gt;", "`", "'", "\n", " ", "\r", " ", "--", "-\u200b-", "[", "\\[", "@", "@\u200b")

func escape(s string) string { return escaper.Replace(s) }
