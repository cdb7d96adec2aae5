package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/alerts/reportjob"
	"github.com/spotgrid/spotgrid/workloads/kmeans"
	"github.com/spotgrid/spotgrid/workloads/numeric"
	"github.com/spotgrid/spotgrid/workloads/pricing"
	"github.com/spotgrid/spotgrid/workloads/vision/photojob"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/wiki/wikijob"
	"github.com/spotgrid/spotgrid/workloads/wording"
)

func resultsCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "results [BATCH]", Short: "Show the results of a batch, with time and cost",
		Long: `Show what the jobs of a batch gave (default: the latest batch), how long each
took, and what that costs on a spot machine of each cloud that the job has for
itself. --json prints each job's whole record.`,
		Example: "  spotgrid results\n  spotgrid results nightly-7 --json | jq .result",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := g.volume(cmd.Context())
			if err != nil {
				return err
			}
			batch, err := batchArgument(v, args)
			if err != nil {
				return err
			}
			return showResults(cmd, g, v, batch)
		},
	}
}

// showResults prints the results of batches in one table.
func showResults(cmd *cobra.Command, g *globals, v *volume.Volume, batches ...string) error {
	prices, err := newPrices()
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	t := newTable(out, "JOB", "KIND", "RESULT", "TRIES", "TIME", prices.heading("aws"), prices.heading("gcp"))
	var seen shown
	for _, batch := range batches {
		p, err := loadProgress(v, batch)
		if err != nil {
			return err
		}
		if g.json {
			if err := printRecords(out, v, batch); err != nil {
				return err
			}
			continue
		}
		p.refresh()
		seen.add(p)
		seen.total += resultRows(cmd, t, prices, v, batch) + deadSeconds(p, v)
	}
	if g.json {
		return nil
	}
	if seen.done > 0 {
		t.row("total", "", fmt.Sprintf("%d of %d done, %d given up, %d open", seen.done, seen.jobs, seen.dead, seen.open), "",
			seconds(seen.total), prices.cost("aws", seen.total), prices.cost("gcp", seen.total))
	}
	if err := t.flush(); err != nil {
		return err
	}
	if seen.done == 0 {
		fmt.Fprintf(out, "no result yet, %d open, %d given up\n", seen.open, seen.dead)
		return nil
	}
	prices.explain(out, seen.total)
	return nil
}

// shown sums up batches: jobs, and seconds of all attempts.
type shown struct {
	jobs, done, dead, open int
	total                  float64
}

func (s *shown) add(p *progress) {
	s.jobs += len(p.jobs)
	s.done += p.done
	s.dead += p.dead
	s.open += len(p.open)
}

// resultRows adds a row for each result and returns the seconds of all, those of
// every attempt.
func resultRows(cmd *cobra.Command, t *table, prices *prices, v *volume.Volume, batch string) (total float64) {
	for r, err := range v.Results(batch) {
		if err != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), "spotgrid:", err)
			continue
		}
		charged := r.ChargedSeconds()
		total += charged
		t.row(r.JobID, r.Kind, cut(summary(r), 60), strconv.Itoa(len(r.Attempts)), seconds(charged), prices.cost("aws", charged), prices.cost("gcp", charged))
	}
	return total
}

// deadSeconds are those of jobs that were given up.
func deadSeconds(p *progress, v *volume.Volume) (total float64) {
	for i := 0; p.dead > 0 && i < len(p.jobs); i++ {
		if r, err := v.Dead(p.jobs[i].ID); err == nil { // else it was not given up
			total += r.ChargedSeconds()
		}
	}
	return total
}

func printRecords(out io.Writer, v *volume.Volume, batch string) error {
	for r, err := range v.Results(batch) {
		if err != nil {
			return err
		}
		if err := printJSON(out, r); err != nil {
			return err
		}
	}
	return nil
}

// summary is a result in a few words. A kind that is not known here shows its
// JSON.
func summary(r volume.Record) string {
	switch r.Kind {
	case "kmeans":
		var k struct {
			Points, Features, Clusters, Iterations int
			Inertia                                float64
		}
		if json.Unmarshal(r.Result, &k) == nil {
			return fmt.Sprintf("%d×%d in %d clusters: inertia %.0f after %s", k.Points, k.Features, k.Clusters, k.Inertia, count(k.Iterations, "iteration"))
		}
	case kmeans.ChunkKindName:
		var k kmeans.ChunkResult
		if json.Unmarshal(r.Result, &k) == nil {
			return fmt.Sprintf("chunk %d, %s: inertia %.0f", k.Chunk, count(k.Points, "point"), k.Inertia)
		}
	case "command":
		var c struct {
			ExitCode int    `json:"exit_code"`
			Stdout   string `json:"stdout"`
		}
		if json.Unmarshal(r.Result, &c) == nil {
			return fmt.Sprintf("exit %d: %s", c.ExitCode, cut(c.Stdout, 50))
		}
	case reportjob.KindName:
		var a reportjob.Result
		if json.Unmarshal(r.Result, &a) == nil && a.Report != nil {
			return alertsSummary(a.Report)
		}
	case "numeric":
		var n numeric.Result
		if json.Unmarshal(r.Result, &n) == nil {
			return fmt.Sprintf("%d×%d: trace of tanh %.6g, checksum %.6g", n.N, n.N, float64(n.Trace), float64(n.Checksum))
		}
	case photojob.KindName:
		var p photojob.Result
		if json.Unmarshal(r.Result, &p) == nil {
			return fmt.Sprintf("%s: %d read, %d failed, %s", count(len(p.Photos), "photo"), p.Read, p.Failed, count(p.Faces, "face"))
		}
	case photojob.DuplicatesKindName:
		var d photojob.DuplicatesResult
		if json.Unmarshal(r.Result, &d) == nil {
			return fmt.Sprintf("%s: %s of duplicates, %d beyond the first", count(d.Photos, "photo"), count(d.Groups, "group"), d.Duplicates)
		}
	case wikijob.KindName:
		var w wikijob.Result
		if json.Unmarshal(r.Result, &w) == nil {
			return fmt.Sprintf("%d entities: %d found, %d ambiguous, %d missing, %d failed", w.Entities, w.Found, w.Ambiguous, w.Missing, w.Failed+w.Invalid)
		}
	}
	return string(r.Result)
}

// prices are those of the reference machine of each cloud.
type prices struct {
	table    *pricing.Table
	machines map[string]pricing.Machine
}

func newPrices() (*prices, error) {
	t, err := pricing.Default()
	if err != nil {
		return nil, err
	}
	p := &prices{table: t, machines: map[string]pricing.Machine{}}
	for _, cloud := range []string{"aws", "gcp"} {
		if p.machines[cloud], err = t.Reference(cloud); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *prices) heading(cloud string) string {
	return map[string]string{"aws": "AWS SPOT", "gcp": "GCP SPOT"}[cloud]
}

// usd is what seconds of a whole machine cost.
func (p *prices) usd(cloud string, seconds float64) float64 {
	m := p.machines[cloud]
	return m.SpotCostUSD(seconds * float64(m.VCPUs))
}

func (p *prices) cost(cloud string, seconds float64) string {
	return wording.USD(p.usd(cloud, seconds))
}

// explain says what the costs stand for.
func (p *prices) explain(out io.Writer, total float64) {
	fmt.Fprintf(out, "\nThis batch would have cost %s on AWS and %s on GCP (µ$: millionths of a US dollar).\n", p.cost("aws", total), p.cost("gcp", total))
	for _, cloud := range []string{"aws", "gcp"} {
		m := p.machines[cloud]
		fmt.Fprintf(out, "%s: %s in %s, %d vCPUs, $%.5f an hour on spot ($%.5f on demand)\n", p.heading(cloud), m.Type, m.Region, m.VCPUs, m.SpotHourlyUSD, m.OnDemandHourlyUSD)
	}
	fmt.Fprintf(out, "Each job is charged the whole machine for the time it took here. Prices as of %s, from the public\nlists named in workloads/pricing/prices.json; disks, traffic and idle time are left out.\n", p.table.AsOf)
}
