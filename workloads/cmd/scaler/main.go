// Command scaler is the function that makes fleets larger while their jobs wait,
// on Google Cloud. What it looks after stands in the environment variable
// SPOTGRID_SCALER; see package scaler. A call with the payload {} looks once and
// answers with what was decided. Call it every minute, one call at a time.
//
// A fleet's queue and its groups may be on AWS as well: pubsub:// and sqs://, mig://
// and asg://. There it works as the role in SPOTGRID_AWS_ROLE_ARN, which it assumes
// with its identity on Google Cloud for the audience in SPOTGRID_AWS_AUDIENCE.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/spotgrid/spotgrid/workloads/event"
	"github.com/spotgrid/spotgrid/workloads/scaler"
	"github.com/spotgrid/spotgrid/workloads/scaler/aws"
	"github.com/spotgrid/spotgrid/workloads/scaler/gcp"
)

// exitUsage is the exit code of a scaler with bad settings.
const exitUsage = 2

func main() {
	log := newLog(os.Stderr)
	handle, err := handler(os.LookupEnv, log)
	if err != nil {
		log.Error("scaler cannot start", "error", err.Error())
		os.Exit(exitUsage)
	}
	event.Start(handle, event.Options{})
}

// clouds are those of the URLs that ask for them.
func clouds(now func() time.Time) scaler.Mux {
	onGoogle := sync.OnceValues(func() (scaler.Cloud, error) { return gcp.New(now) })
	onAWS := sync.OnceValues(func() (scaler.Cloud, error) { return aws.New(now) })
	return scaler.Mux{"pubsub": onGoogle, "mig": onGoogle, "sqs": onAWS, "asg": onAWS}
}

// handler is what a call does. The error names every fault of the settings.
func handler(lookup func(string) (string, bool), log *slog.Logger) (event.Handler, error) {
	text, ok := lookup(scaler.Variable)
	if !ok {
		return nil, fmt.Errorf("%s is not set: want the fleets to look after, as JSON", scaler.Variable)
	}
	all := clouds(time.Now)
	config, err := scaler.Parse(text, all)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", scaler.Variable, err)
	}
	s := scaler.New(config, all, log, time.Now)
	return event.Typed(func(ctx context.Context, _ nothing) ([]scaler.Decision, error) { return s.Tick(ctx) }), nil
}

// nothing is the payload {}: there is nothing to say to a scaler, and whoever
// thinks so is told.
type nothing struct{}

// UnmarshalJSON refuses anything else.
func (*nothing) UnmarshalJSON(b []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return err
	}
	if len(fields) > 0 || bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		return errors.New("the payload is not {}, which is all that a scaler takes")
	}
	return nil
}

// newLog is a log of JSON lines that Cloud Logging reads the severity and the
// message of. Source: "Structured logging" in the documentation of Cloud Logging.
func newLog(w io.Writer) *slog.Logger {
	replace := func(groups []string, a slog.Attr) slog.Attr {
		switch {
		case len(groups) > 0:
		case a.Key == slog.MessageKey:
			a.Key = "message"
		case a.Key == slog.LevelKey:
			a.Key = "severity"
		}
		return a
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: replace}))
}
