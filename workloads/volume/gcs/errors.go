package gcs

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// errSpoilt: the content is not what was written.
var errSpoilt = errors.New("the content does not match its checksum")

// readError is why an answer could not be read to its end.
type readError struct{ error }

func (r *readError) Unwrap() error { return r.error }

// statusKinds are the kinds of answers that mean something of their own here.
// Source: "HTTP status and error codes for JSON" in the documentation of Cloud
// Storage.
var statusKinds = map[int]volume.Kind{
	http.StatusPreconditionFailed: volume.KindExists,
	http.StatusConflict:           volume.KindThrottled,
}

var classKinds = map[rest.Class]volume.Kind{
	rest.NoAccess:    volume.KindDenied,
	rest.NotFound:    volume.KindNotFound,
	rest.Throttled:   volume.KindThrottled,
	rest.Unavailable: volume.KindUnavailable,
	rest.Canceled:    volume.KindCanceled,
}

// kindOf classifies what this package and Cloud Storage fail with.
func kindOf(err error) volume.Kind {
	var refused *rest.Error
	if errors.As(err, &refused) {
		if kind, ok := statusKinds[refused.Status]; ok {
			return kind
		}
	}
	if kind := classKinds[rest.ClassOf(err)]; kind != volume.KindUnknown {
		return kind
	}
	var reading *readError
	var calling *url.Error // a broken line of HTTP/2 has no type that others see
	if errors.Is(err, errSpoilt) || errors.As(err, &reading) || errors.As(err, &calling) {
		return volume.KindUnavailable
	}
	return volume.KindUnknown
}
