package interrupt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// gceItem is a place in the metadata where the end may be announced.
type gceItem struct {
	name, path string
	// read makes a notice of a value that is new, the zero Notice of one that is no
	// end.
	read func(w *gceWatcher, value string) (Notice, error)
}

var gceItems = []gceItem{
	{"preemption", "/computeMetadata/v1/instance/preempted", readPreempted},
	{"maintenance event", "/computeMetadata/v1/instance/maintenance-event", readMaintenance},
}

// readPreempted reads whether the machine is being preempted. When that was
// announced is not told; it is taken for now, since the server answers at once.
// Source: "Create and use Spot VMs", "Detect preemption".
func readPreempted(w *gceWatcher, value string) (Notice, error) {
	switch value {
	case "FALSE":
		return Notice{}, nil
	case "TRUE":
		return Notice{Action: "terminate", Deadline: w.Now().Add(time.Duration(w.NoticeSeconds) * time.Second), Source: SourceGCE}, nil
	}
	return Notice{}, fmt.Errorf("it is %q, want TRUE or FALSE", value)
}

// readMaintenance reads what the machine's host is about to do. A machine that is
// moved goes on. Source: "Query metadata server for maintenance event notices".
func readMaintenance(w *gceWatcher, value string) (Notice, error) {
	switch value {
	case "NONE", "MIGRATE_ON_HOST_MAINTENANCE":
		return Notice{}, nil
	case "TERMINATE_ON_HOST_MAINTENANCE":
		return Notice{Action: "terminate", Deadline: w.Now().Add(maintenanceNotice), Source: SourceMaintenance}, nil
	}
	return Notice{}, fmt.Errorf("it is %q, want NONE or what happens ON_HOST_MAINTENANCE", value)
}

// gceWatcher watches one item.
type gceWatcher struct {
	GCEOptions
	item   gceItem
	health *health
	// value is what was last read, etag the server's name for it: "" for neither.
	value, etag string
}

// watch sends notices until ctx ends.
func (w *gceWatcher) watch(ctx context.Context, notices chan<- Notice) {
	for ctx.Err() == nil {
		asked := w.Now()
		n, err := w.next(ctx)
		if ctx.Err() != nil {
			return
		}
		w.health.report(w.item.name, err)
		if n != (Notice{}) {
			select {
			case notices <- n:
			case <-ctx.Done():
				return
			}
		}
		w.pause(ctx, asked)
	}
}

// pause waits until a request may follow the one that began at asked.
func (w *gceWatcher) pause(ctx context.Context, asked time.Time) {
	least := time.Duration((0.5 + w.Rand()/2) * float64(w.Interval))
	timer := time.NewTimer(max(0, asked.Add(least).Sub(w.Now())))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// next waits for a change, as long as the server does, and reads it. After a
// failure the next request is for the value as it is.
func (w *gceWatcher) next(ctx context.Context) (Notice, error) {
	value, etag, err := w.ask(ctx)
	if err != nil {
		w.etag = ""
		return Notice{}, err
	}
	w.etag = etag
	if value == w.value {
		return Notice{}, nil
	}
	n, err := w.item.read(w, value)
	if err != nil {
		w.etag = ""
		return Notice{}, err
	}
	w.value = value
	return n, nil
}

// ask fetches the value: at once if none is known, else when it is another one.
func (w *gceWatcher) ask(ctx context.Context) (value, etag string, err error) {
	ctx, cancel := context.WithTimeout(ctx, holdSeconds*time.Second+holdMargin)
	defer cancel()
	address := w.BaseURL + w.item.path
	if w.etag != "" {
		address += "?" + url.Values{
			"wait_for_change": {"true"}, "last_etag": {w.etag}, "timeout_sec": {strconv.Itoa(holdSeconds)},
		}.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", "", err
	}
	r.Header.Set("Metadata-Flavor", "Google")
	answer, err := w.Client.Do(r)
	if err != nil {
		return "", "", hideURL(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBodyBytes))
	switch {
	case err != nil:
		return "", "", err
	case answer.StatusCode != http.StatusOK:
		return "", "", fmt.Errorf("status %d", answer.StatusCode)
	case answer.Header.Get("Metadata-Flavor") != "Google":
		return "", "", errors.New("the answer is not by Google's metadata server")
	}
	return strings.TrimSpace(string(body)), answer.Header.Get("ETag"), nil
}
