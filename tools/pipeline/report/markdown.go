package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/spotgrid/spotgrid/tools/pipeline/plan"
)

// Limits of what is shown. GitHub takes 65,536 characters in a comment.
const (
	maxShown      = 60_000
	maxRows       = 40    // changes of one stack
	maxProperties = 200   // bytes of names of what differs in one resource
	maxTextBytes  = 6_000 // of a text that a program wrote
)

// Pull is the comment on a pull request. The most telling table comes first, so
// that what is left out of a long one are details. fork: its code is of another
// repository, which no report can be asked for.
func Pull(stacks []Stack, fork bool, run string) string {
	var b strings.Builder
	b.WriteString("### What this change does to stacks\n\n")
	if len(stacks) == 0 {
		b.WriteString("No stack is touched: only texts, tests or tools that check.\n")
	} else {
		table(&b, stacks)
	}
	b.WriteString("\n" + notShown(stacks, fork) + "\n")
	for _, s := range stacks {
		var d strings.Builder
		details(&d, s)
		if b.Len()+d.Len() > maxShown {
			fmt.Fprintf(&b, "\nDetails of %s are left out here; the run has them.\n", code(s.Stack))
			continue
		}
		b.WriteString(d.String())
	}
	b.WriteString("\nFrom " + run + ".\n")
	return b.String()
}

// Drift is the issue that says how a stack differs from what was deployed.
func Drift(s Stack, run string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Stack %s is not as it was deployed: of %d resources something differs, or they are gone.\n", code(s.Stack), s.Plan.Changed())
	Changes(&b, s.Plan)
	fmt.Fprintf(&b, "\nSee it: `make drift STACK=%s`. If the cloud is right, take it over into the code or with `bin/spotgrid pulumi --stack %s -- refresh`; "+
		"if the code is right, deploy again. This issue is kept up to date each night and closed when nothing differs.\n\nFrom %s.\n", s.Stack, s.Stack, run)
	return b.String()
}

// notShown says what the reader must not take from the table.
func notShown(stacks []Stack, fork bool) string {
	live, offline := false, false
	for _, s := range stacks {
		live, offline = live || s.Mode == Live, offline || s.Mode == Offline
	}
	switch {
	case fork:
		return "**Not shown:** the difference to what is deployed. This change comes from a fork, whose code gets no account; " +
			"the previews were made offline, as if each stack were new."
	case live:
		return "Rows marked live compare with what is deployed."
	case offline:
		return "**Not shown:** the difference to what is deployed, since no account is set up for these stacks (docs/pipelines.md); " +
			"the previews were made offline, as if each stack were new."
	}
	return ""
}

func table(b *strings.Builder, stacks []Stack) {
	b.WriteString("| stack | preview | create | update | replace | delete | a month | change | seconds |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, s := range stacks {
		if s.Error != "" {
			fmt.Fprintf(b, "| %s | %s: **failed** | | | | | | | %.1f |\n", code(s.Stack), s.Mode, s.Seconds)
			continue
		}
		fmt.Fprintf(b, "| %s | %s |", code(s.Stack), s.Mode)
		for _, op := range plan.Ops {
			fmt.Fprintf(b, " %d |", s.Plan.Count(op))
		}
		fmt.Fprintf(b, "%s %.1f |\n", s.Money.cells(), s.Seconds)
	}
}

// details are folded: what each stack would change, why it was looked at, and
// what the checks said.
func details(b *strings.Builder, s Stack) {
	fmt.Fprintf(b, "\n<details><summary>%s, %s</summary>\n", "<code>"+s.Stack+"</code>", s.Mode)
	if s.File != "" {
		fmt.Fprintf(b, "\nTouched by %s.\n", code(s.File))
	}
	text(b, "There is no preview:", s.Error)
	if s.Mode == Live {
		Changes(b, s.Plan)
	}
	s.Money.table(b)
	text(b, "Cost:", s.Cost)
	text(b, "Policies:", s.Policies)
	b.WriteString("\n</details>\n")
}

// Changes lists what changes, with the names of what differs.
func Changes(b *strings.Builder, p plan.Plan) {
	if len(p.Changes) == 0 {
		b.WriteString("\nNothing changes.\n")
		return
	}
	b.WriteString("\n| | resource | type | what differs |\n| --- | --- | --- | --- |\n")
	for i, c := range p.Changes {
		if i == maxRows {
			fmt.Fprintf(b, "\nand %d more.\n", len(p.Changes)-maxRows)
			return
		}
		properties := strings.Join(c.Properties, ", ")
		if len(properties) > maxProperties {
			properties = properties[:maxProperties] + " ..."
		}
		if properties != "" {
			properties = code(properties)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", c.Op, code(c.Name), code(c.Type), properties)
	}
}

// code shows a checked word. In code GitHub mentions nobody and links nothing.
func code(word string) string { return "`" + word + "`" }

// text shows what a program wrote, as it stands.
func text(b *strings.Builder, title, written string) {
	if written != "" {
		fmt.Fprintf(b, "\n%s\n\n%s", title, Fenced(written))
	}
}

var backticks = regexp.MustCompile("`+")

// Fenced makes a block of code of a text, whatever it holds: the fence is longer
// than any in it, and characters that hide or turn text are left out. In a block
// of code GitHub renders no link, no image and no tag, and mentions nobody.
func Fenced(written string) string {
	written = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(limited(written, maxTextBytes), "\ufffd"))
	fence := "```"
	for _, run := range backticks.FindAllString(written, -1) {
		if len(run) >= len(fence) {
			fence = strings.Repeat("`", len(run)+1)
		}
	}
	return fence + "text\n" + strings.TrimRight(written, "\n") + "\n" + fence + "\n"
}

// limited cuts a text at the end of a line, and says so.
func limited(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	const rest = "\n(the rest is left out; the run's artifacts have it)\n"
	kept := text[:max(0, bytes-len(rest))]
	if i := strings.LastIndexByte(kept, '\n'); i > 0 {
		kept = kept[:i]
	}
	return strings.ToValidUTF8(kept, "") + rest
}
