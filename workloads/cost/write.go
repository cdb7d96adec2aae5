package cost

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// usd prints an amount of money with cents; less than one cent is not 0.
func usd(n float64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	if n > 0 && n < 0.005 {
		return sign + "<$0.01"
	}
	return sign + "$" + thousands(fmt.Sprintf("%.2f", n))
}

// change prints a difference with its sign; none is a dash.
func change(n float64) string {
	switch {
	case size(n) < 0.005:
		return noChange
	case n > 0:
		return "+" + usd(n)
	}
	return usd(n)
}

const noChange = "-"

// thousands groups the digits before the point.
func thousands(s string) string {
	whole, rest, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole + "." + rest
}

// changeOf is what a component costs more or less.
func (r *Report) changeOf(component string) float64 {
	if r.Change == nil {
		return 0
	}
	for _, p := range r.Change.Parts {
		if p.Component == component {
			return p.MonthlyUSD.Likely
		}
	}
	return 0
}

// rows are the components, and those that are gone.
func (r *Report) rows() []Part {
	rows := slices.Clone(r.Parts)
	if r.Change != nil {
		for _, p := range r.Change.Parts {
			if !slices.ContainsFunc(rows, func(o Part) bool { return o.Component == p.Component }) {
				rows = append(rows, Part{Component: p.Component})
			}
		}
	}
	return rows
}

const legend = "low: nothing runs; likely: the load below; high: every fleet full around the clock at the highest spot prices"

// WriteText prints the report for people; lines adds what each component is made
// of.
func (r *Report) WriteText(w io.Writer, lines bool) error {
	fmt.Fprintf(w, "What stack %s costs a month, in US dollars (%s):\n\n", r.Stack, legend)
	rows := [][]string{r.cells("", "LOW", "LIKELY", "HIGH", "CHANGE")}
	add := func(name string, m Range, difference string) {
		rows = append(rows, r.cells(name, usd(m.Low), usd(m.Likely), usd(m.High), difference))
	}
	for _, p := range r.rows() {
		add(p.Component, p.MonthlyUSD, change(r.changeOf(p.Component)))
		if lines {
			for _, l := range r.linesOf(p.Component) {
				add("  "+l.Resource+": "+l.Item, l.MonthlyUSD, "")
			}
		}
	}
	total := 0.0
	if r.Change != nil {
		total = r.Change.MonthlyUSD.Likely
	}
	add("all", r.MonthlyUSD, change(total))
	add("an hour", r.HourlyUSD, change(total/HoursPerMonth))
	writeColumns(w, rows)
	return r.writeNotes(w)
}

// cells leaves the last one out where nothing is compared.
func (r *Report) cells(cells ...string) []string {
	if r.Change == nil {
		return cells[:len(cells)-1]
	}
	return cells
}

// writeColumns aligns names to the left and numbers to the right.
func writeColumns(w io.Writer, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := fmt.Sprintf("%-*s", widths[0], row[0])
		for i, cell := range row[1:] {
			line += fmt.Sprintf("  %*s", widths[i+1], cell)
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

func (r *Report) linesOf(component string) []Line {
	var found []Line
	for _, l := range r.Lines {
		if l.Component == component {
			found = append(found, l)
		}
	}
	slices.SortStableFunc(found, func(a, b Line) int { return cmp.Compare(b.MonthlyUSD.Likely, a.MonthlyUSD.Likely) })
	return found
}

func (r *Report) writeNotes(w io.Writer) error {
	for _, text := range r.notes() {
		fmt.Fprintln(w, "\n"+text)
	}
	if len(r.Unpriced) > 0 {
		fmt.Fprintf(w, "\nWithout a price, and not in the sums (%d):\n", len(r.Unpriced))
		for _, u := range r.groupedUnpriced() {
			fmt.Fprintf(w, "  %s\n", u)
		}
	}
	_, err := fmt.Fprintf(w, "\n%d resources cost nothing by themselves. Free tiers, discounts, taxes and traffic to the internet beside the way out are not counted.\n", r.Free)
	return err
}

// notes are what has to be said beside the numbers, one a paragraph.
func (r *Report) notes() []string {
	var notes []string
	if b := r.Budget; b != nil {
		notes = append(notes, r.budgetText())
	}
	if r.Change != nil {
		notes = append(notes, fmt.Sprintf("Compared with %s: %s a month likely, was %s.", r.Change.With, change(r.Change.MonthlyUSD.Likely), usd(r.Change.Before.Likely)))
	}
	if steps := r.stepsText(); steps != "" {
		notes = append(notes, "The preview: "+steps+".")
	}
	notes = append(notes, "Load: "+r.Load.String()+".")
	for _, a := range r.Assumptions {
		notes = append(notes, "Assumed: "+a+".")
	}
	for _, a := range r.Warnings {
		notes = append(notes, "Warning: "+a+".")
	}
	return notes
}

func (r *Report) budgetText() string {
	b := r.Budget
	cost := b.At.Of(r.MonthlyUSD)
	if b.Over {
		return fmt.Sprintf("OVER BUDGET: %s a month (%s) is %s more than %s.", usd(cost), b.At, usd(cost-b.MonthlyUSD), usd(b.MonthlyUSD))
	}
	return fmt.Sprintf("Within budget: %s a month (%s) of %s.", usd(cost), b.At, usd(b.MonthlyUSD))
}

// stepsText counts what would be done, without what stays as it is.
func (r *Report) stepsText() string {
	var parts []string
	for _, op := range []string{"create", "update", "replace", "delete"} {
		if n := r.Steps[op]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", n, op))
		}
	}
	return strings.Join(parts, ", ")
}

// groupedUnpriced says each reason once, with what it holds for.
func (r *Report) groupedUnpriced() []string {
	var order []string
	names := map[string][]string{}
	for _, u := range r.Unpriced {
		key := u.Type[strings.LastIndex(u.Type, ":")+1:] + "\x00" + u.Why
		if names[key] == nil {
			order = append(order, key)
		}
		names[key] = append(names[key], u.Resource)
	}
	var texts []string
	for _, key := range order {
		typ, why, _ := strings.Cut(key, "\x00")
		texts = append(texts, fmt.Sprintf("%s %s: %s", typ, list(names[key]), why))
	}
	return texts
}

// String says a load in one line.
func (l Load) String() string {
	return fmt.Sprintf("%v jobs a day of %v s each in %v batches, %v GiB stored, %v MiB read and %v MiB written a job, %v calls a day of each function",
		l.JobsPerDay, l.SecondsPerJob, l.BatchesPerDay, l.StoredGiB, l.ReadMiBPerJob, l.WrittenMiBPerJob, l.CallsPerDay)
}
