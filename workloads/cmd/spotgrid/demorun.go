package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/demo"
	"github.com/spotgrid/spotgrid/workloads/demo/gallery"
	"github.com/spotgrid/spotgrid/workloads/job"
)

// demoRun is one run of the demo on a grid that is up.
type demoRun struct {
	cmd   *cobra.Command
	g     *globals
	open  *session
	stack string
	// name is that of the first batch, and begins that of the second.
	name    string
	options demo.Options
	leftOut []gallery.LeftOut
	// sent are the batches, in order.
	sent []string
}

func newDemoRun(cmd *cobra.Command, g *globals, stack string) (*demoRun, error) {
	open, err := g.open(cmd.Context())
	if err != nil {
		return nil, err
	}
	name := demo.RunPrefix + strings.ToLower(rand.Text()[:8])
	return &demoRun{cmd: cmd, g: g, open: open, stack: stack, name: name, options: demo.Options{Output: path.Join(demo.Folder, name)}}, nil
}

// take writes the inputs among the users' files.
func (d *demoRun) take(p prepared) error {
	if p.err != nil {
		return p.err
	}
	d.options.Wiki, d.leftOut = p.wiki, p.leftOut
	for _, l := range p.leftOut {
		fmt.Fprintf(d.cmd.ErrOrStderr(), "left out: %s: %s\n", l.What, l.Why)
	}
	files, err := d.open.volume.Files()
	if err != nil {
		return err
	}
	defer files.Close()
	if err := demo.Clean(files); err != nil {
		return err
	}
	return demo.Write(files, p.files)
}

// batches runs both batches. The error is errJobs if jobs of either were given
// up.
func (d *demoRun) batches(say func(string, ...any)) error {
	first, err := demo.First(d.options)
	if err != nil {
		return err
	}
	kinds := map[string]bool{}
	for _, j := range first {
		kinds[j.Kind] = true
	}
	say("2/4 %s of %s, among them %d k-means fits and %d commands", count(len(first), "job"), count(len(kinds), "kind"), demo.Fits, demo.Commands)
	failed := d.batch(d.name, first)
	if failed != nil && !errors.Is(failed, errJobs) {
		return failed
	}
	second, err := demo.Second(d.options)
	if err != nil {
		return err
	}
	say("3/4 duplicates among the photos, found in what those jobs wrote")
	if err := d.batch(d.name+"-2", second); err != nil {
		return err
	}
	return failed
}

func (d *demoRun) batch(name string, jobs []job.Job) error {
	now := time.Now().UTC()
	if err := complete(jobs, name, now); err != nil {
		return err
	}
	if err := d.open.volume.WriteBatch(name, now, jobs); err != nil {
		return err
	}
	d.sent = append(d.sent, name)
	sent := &submission{batch: name, watch: true}
	return sent.send(d.cmd, d.g, d.open, jobs)
}
