package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

const (
	// maxCount bounds --count: a slip of the keyboard should not fill a disk.
	maxCount = 1_000_000
	// sendAtATime is how many jobs go to the queue between two looks at
	// Ctrl-C and two lines of progress.
	sendAtATime = 1000
)

// submission is what the flags of submit say.
type submission struct {
	kind, payload, file, batch, resume string
	count, timeoutSeconds, maxAttempts int
	watch                              bool
}

const submitHelp = `Send jobs to the grid's queue, as one batch.

A command after -- is a job of kind "command": an argument list, never a shell.
--kind and --payload make a job of any kind; --count sends it that many times,
with {index} in the payload replaced by 1, 2, 3 and so on. --file reads one job
a line: {"kind": "...", "payload": {...}, "id": "...", "limits":
{"timeout_seconds": 60, "max_attempts": 3}}, of which id and limits may be left
out; - is standard input.

All jobs are checked before the first one is sent. The batch is written to the
volume first, so that a submission that was cut off can be completed with
--resume: no job gets two results.`

func submitCommand(g *globals) *cobra.Command {
	s := &submission{}
	cmd := &cobra.Command{
		Use: "submit [flags] [-- PROGRAM ARG...]", Short: "Send jobs to the grid", Long: submitHelp,
		Example: `  spotgrid submit -- echo "hello from the grid"
  spotgrid submit --kind kmeans --payload '{"seed":{index}}' --count 10 --watch
  spotgrid submit --file jobs.jsonl --batch nightly-7
  generate-jobs | spotgrid submit --file -`,
		RunE: func(cmd *cobra.Command, args []string) error { return s.run(cmd, g, args) },
	}
	f := cmd.Flags()
	f.StringVar(&s.kind, "kind", "", "job kind, with --payload")
	f.StringVar(&s.payload, "payload", "", "payload of the job, JSON")
	f.StringVar(&s.file, "file", "", "file with one job a line, or - for standard input")
	f.StringVar(&s.batch, "batch", "", "name of the batch (default: one is made up)")
	f.StringVar(&s.resume, "resume", "", "send again what this batch has not finished")
	f.IntVar(&s.count, "count", 1, "how many times to send the job")
	f.IntVar(&s.timeoutSeconds, "timeout-seconds", 0, "how long one attempt may run (default 900)")
	f.IntVar(&s.maxAttempts, "max-attempts", 0, "how many attempts may fail (default 3)")
	f.BoolVar(&s.watch, "watch", false, "watch the batch until it is finished")
	return cmd
}

func (s *submission) run(cmd *cobra.Command, g *globals, args []string) error {
	ctx := cmd.Context()
	if s.resume != "" {
		return s.resumeBatch(cmd, g)
	}
	jobs, err := s.jobs(cmd.InOrStdin(), args)
	if err != nil {
		return usageError{err}
	}
	if s.batch == "" {
		s.batch = jobs[0].Kind + "-" + strings.ToLower(rand.Text()[:8])
	}
	if err := complete(jobs, s.batch, time.Now().UTC()); err != nil {
		return usageError{err}
	}
	open, err := g.open(ctx)
	if err != nil {
		return err
	}
	defer open.close()
	if err := open.volume.WriteBatch(s.batch, time.Now().UTC(), jobs); err != nil {
		if errors.Is(err, volume.ErrExist) {
			return usageError{fmt.Errorf("batch %q exists already: choose another name, or complete that one with --resume %s", s.batch, s.batch)}
		}
		return err
	}
	return s.send(cmd, g, open, jobs)
}

// send puts the jobs on the queue. What is cut off is completed with --resume.
func (s *submission) send(cmd *cobra.Command, g *globals, open *session, jobs []job.Job) error {
	ctx := cmd.Context()
	sent := 0
	for chunk := range slices.Chunk(jobs, sendAtATime) {
		if err := sendAll(ctx, open.jobs, chunk); err != nil {
			return fmt.Errorf("%w\n%d of %d jobs were sent; complete the batch with: spotgrid submit --resume %s", hint(open.grid, err), sent, len(jobs), s.batch)
		}
		sent += len(chunk)
		if sent < len(jobs) && terminal(cmd.ErrOrStderr()) {
			fmt.Fprintf(cmd.ErrOrStderr(), "\r%d of %d jobs sent", sent, len(jobs))
		}
	}
	if len(jobs) > sendAtATime && terminal(cmd.ErrOrStderr()) {
		fmt.Fprint(cmd.ErrOrStderr(), "\r\x1b[K")
	}
	if err := s.report(cmd, g, jobs); err != nil || !s.watch {
		return err
	}
	return watchBatch(ctx, cmd, g, open, s.batch)
}

func (s *submission) report(cmd *cobra.Command, g *globals, jobs []job.Job) error {
	out := cmd.OutOrStdout()
	if g.json {
		ids := make([]string, len(jobs))
		for i, j := range jobs {
			ids[i] = j.ID
		}
		return printJSON(out, map[string]any{"batch": s.batch, "jobs": ids})
	}
	fmt.Fprintf(out, "batch %s: %s submitted\n", s.batch, count(len(jobs), "job"))
	if !s.watch {
		fmt.Fprintf(out, "watch it: spotgrid watch %s\n", s.batch)
	}
	return nil
}

func sendAll(ctx context.Context, q *queue.Queue, jobs []job.Job) error {
	messages := make([]queue.Message, len(jobs))
	for i, j := range jobs {
		body, err := job.Encode(j)
		if err != nil {
			return err
		}
		messages[i] = queue.Message{ID: j.ID, Body: body}
	}
	return q.Send(ctx, messages...)
}

// resumeBatch sends again every job of a batch that has neither a result nor a
// dead letter.
func (s *submission) resumeBatch(cmd *cobra.Command, g *globals) error {
	open, err := g.open(cmd.Context())
	if err != nil {
		return err
	}
	defer open.close()
	s.batch = s.resume
	p, err := loadProgress(open.volume, s.batch)
	if err != nil {
		return err
	}
	p.refresh()
	if len(p.open) == 0 {
		fmt.Fprintf(cmd.OutOrStdout(), "batch %s: all %s are finished\n", s.batch, count(len(p.jobs), "job"))
		return nil
	}
	var jobs []job.Job
	for _, j := range p.jobs {
		if p.open[j.ID] {
			jobs = append(jobs, j)
		}
	}
	return s.send(cmd, g, open, jobs)
}
