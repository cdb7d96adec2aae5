// Command alerts is the function alerts as a program: it judges the alerts that
// a call carries, or, called by a schedule, those that CloudWatch remembers.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/spotgrid/spotgrid/workloads/alerts/cloudwatch"
	"github.com/spotgrid/spotgrid/workloads/alerts/weekly"
	"github.com/spotgrid/spotgrid/workloads/event"
)

func main() {
	f := weekly.Function{Open: open, Now: time.Now, Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))}
	event.Start(event.Typed(f.Handle), event.Options{BadInput: isBad})
}

func open(ctx context.Context, region string) (weekly.Reader, error) {
	r, err := cloudwatch.New(ctx, region)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func isBad(err error) bool {
	bad := (*weekly.RequestError)(nil)
	return errors.As(err, &bad)
}
