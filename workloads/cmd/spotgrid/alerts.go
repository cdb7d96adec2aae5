package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/alerts"
	"github.com/spotgrid/spotgrid/workloads/alerts/history"
	"github.com/spotgrid/spotgrid/workloads/alerts/page"
	"github.com/spotgrid/spotgrid/workloads/durable"
)

// alertsReport is what the flags of alerts report say.
type alertsReport struct {
	incidents, timezone, output, format string
	top                                 int
	options                             alerts.Options
	nightFrom, nightTo                  int
}

const alertsHelp = `Judge a team's pager by its history. The files hold alerts: CSV or JSON lines
with time, rule and, if known, key, acted and acknowledged_at; what 'aws
cloudwatch describe-alarm-history' printed; exports of PagerDuty (incidents) or
Opsgenie (alerts), as CSV or as their APIs answer. Each file's format is found by
its content, packed with gzip or not; - reads standard input.

For each rule it tells whether its firing can be told from chance, whether it
announces incidents (with --incidents, a list with at least their time), whether
it flaps, and what to do with it: keep, fix or silence. --output writes the whole
report as report.html, report.json and pictures. No grid is needed.

How it is found out, and what counts as night, sleep and incident by default,
stands in docs/alerts.md.`

func alertsCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use: "alerts", Short: "Judge the alerts of a pager by their history",
		Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	a := &alertsReport{}
	report := &cobra.Command{
		Use: "report FILE...", Short: "Tell which alert rules to keep, fix and silence", Long: alertsHelp,
		Example: `  spotgrid alerts report history.csv --incidents incidents.csv --timezone Europe/Berlin
  aws cloudwatch describe-alarm-history --alarm-types MetricAlarm CompositeAlarm | spotgrid alerts report - --output report
  spotgrid alerts report incidents-2026-*.csv --json | jq '.rules[] | select(.verdict == "silence")'`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error { return a.run(cmd, g, files) },
	}
	d := alerts.Options{}.WithDefaults()
	f := report.Flags()
	f.StringVar(&a.incidents, "incidents", "", "`file` with incidents: CSV or JSON lines with time, or an export of a service")
	f.StringVar(&a.timezone, "timezone", "UTC", "time `zone` of nights and of times that name none, such as Europe/Berlin")
	f.StringVar(&a.output, "output", "", "`folder` to write report.html, report.json and pictures to")
	f.StringVar(&a.format, "format", string(history.Auto), "`format` of the alerts: auto, csv, jsonl, cloudwatch, pagerduty, opsgenie")
	f.IntVar(&a.top, "top", 40, "`number` of rules to show; --output and --json have all")
	f.IntVar(&a.options.HorizonMinutes, "horizon-minutes", d.HorizonMinutes, "how long before an incident an alert may come to announce it")
	f.IntVar(&a.options.FlapMinutes, "flap-minutes", d.FlapMinutes, "how soon after another an alert of a rule is the same episode")
	f.IntVar(&a.options.MinutesLostPerWakeUp, "minutes-lost", d.MinutesLostPerWakeUp, "sleep that an alert at night costs")
	f.IntVar(&a.nightFrom, "night-from", *d.NightFromHour, "`hour` that nights begin at")
	f.IntVar(&a.nightTo, "night-to", *d.NightToHour, "`hour` that nights end at")
	cmd.AddCommand(report)
	return cmd
}

func (a *alertsReport) run(cmd *cobra.Command, g *globals, files []string) error {
	if err := a.check(); err != nil {
		return usageError{err}
	}
	report, err := a.judge(cmd, files)
	if alerts.IsInput(err) || errors.Is(err, fs.ErrNotExist) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	if a.output != "" {
		if err := writeReport(a.output, report); err != nil {
			return err
		}
	}
	if g.json {
		return printJSON(cmd.OutOrStdout(), report)
	}
	if err := showReport(cmd.OutOrStdout(), report, a.top); err != nil {
		return err
	}
	if a.output != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "\nthe whole report: %s\n", filepath.Join(a.output, "report.html"))
	}
	return nil
}

// check completes the options and returns every fault of the flags, joined.
func (a *alertsReport) check() error {
	a.options.NightFromHour, a.options.NightToHour = &a.nightFrom, &a.nightTo
	zone, err := alerts.LoadZone(a.timezone)
	errs := []error{err, history.Format(a.format).Check(), a.options.Check()}
	for name, n := range map[string]int{"horizon-minutes": a.options.HorizonMinutes, "flap-minutes": a.options.FlapMinutes, "minutes-lost": a.options.MinutesLostPerWakeUp} {
		if n == 0 { // which the library takes for the default
			errs = append(errs, fmt.Errorf("--%s is 0, want 1 or more", name))
		}
	}
	if a.top < 1 {
		errs = append(errs, fmt.Errorf("--top is %d, want 1 or more", a.top))
	}
	a.options.Zone = zone
	return errors.Join(errs...)
}

func (a *alertsReport) judge(cmd *cobra.Command, files []string) (*alerts.Report, error) {
	var h history.History
	var sources []history.Source
	var errs []error
	for _, name := range files {
		o := history.Options{Name: name, Format: history.Format(a.format), Zone: a.options.Zone}
		errs = append(errs, reading(cmd, name, func(r io.Reader) error {
			s, err := history.Read(r, o, h.Add)
			sources = append(sources, s)
			return err
		}))
	}
	var incidents []history.Incident
	if a.incidents != "" {
		incidents = []history.Incident{}
		errs = append(errs, reading(cmd, a.incidents, func(r io.Reader) error {
			list, err := history.ReadIncidents(r, history.Options{Name: a.incidents, Zone: a.options.Zone})
			incidents = append(incidents, list...)
			return err
		}))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	report, err := alerts.Analyze(cmd.Context(), &h, incidents, a.options)
	if err != nil {
		return nil, err
	}
	report.Sources = sources
	return report, nil
}

// reading opens a file, or standard input for -, which an interrupt ends.
func reading(cmd *cobra.Command, name string, read func(io.Reader) error) error {
	if name == "-" {
		return read(interruptible{cmd.Context(), cmd.InOrStdin()})
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return read(interruptible{cmd.Context(), f})
}

// interruptible reads until its context ends.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i interruptible) Read(b []byte) (int, error) {
	if i.ctx.Err() != nil {
		return 0, i.ctx.Err()
	}
	return i.r.Read(b)
}

// writeReport writes the report's files, each in place as a whole.
func writeReport(folder string, r *alerts.Report) error {
	files, err := page.Files(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	for _, f := range files {
		if err := durable.ReplaceFile(filepath.Join(folder, f.Name), f.Data); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	return nil
}
