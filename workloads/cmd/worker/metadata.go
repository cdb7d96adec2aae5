package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/interrupt"
)

// gcePrefix tells Google's metadata from EC2's: gce+http://metadata.google.internal.
const gcePrefix = "gce+"

// metadataURL is where interruptions are announced, and in what shape.
type metadataURL struct {
	isGCE bool
	base  string
	// noticeSeconds is how long after its announcement a Google machine is gone, 0
	// for the usual time.
	noticeSeconds int
}

// parseMetadata reads a SPOTGRID_METADATA_URL strictly. Errors do not repeat the
// address, whose path may be a secret.
func parseMetadata(raw string) (metadataURL, error) {
	base, isGCE := strings.CutPrefix(raw, gcePrefix)
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return metadataURL{}, errors.New("metadata URL is of no known shape, want http://host/path for EC2's or gce+http://host/path for Compute Engine's")
	}
	m := metadataURL{isGCE: isGCE, base: base}
	if !isGCE {
		return m, nil
	}
	params, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return metadataURL{}, fmt.Errorf("parameters: %w", err)
	}
	const name = "notice_seconds"
	if given, ok := params[name]; ok {
		m.noticeSeconds, err = strconv.Atoi(given[0])
		if err != nil || len(given) != 1 || m.noticeSeconds < 1 || m.noticeSeconds > interrupt.MaxNoticeSeconds {
			return metadataURL{}, fmt.Errorf("parameter %s is %q, want a whole number 1..%d", name, given, interrupt.MaxNoticeSeconds)
		}
	}
	if delete(params, name); len(params) > 0 {
		return metadataURL{}, fmt.Errorf("it has a parameter that is unknown, want %s", name)
	}
	u.RawQuery = ""
	m.base = u.String()
	return m, nil
}

// metadataSource watches the metadata at a SPOTGRID_METADATA_URL.
func metadataSource(raw string, log *slog.Logger) (interrupt.Source, error) {
	m, err := parseMetadata(raw)
	if err != nil {
		return nil, err
	}
	if m.isGCE {
		return interrupt.NewGCE(interrupt.GCEOptions{BaseURL: m.base, NoticeSeconds: m.noticeSeconds, Log: log, Now: time.Now, Rand: rand.Float64})
	}
	return interrupt.NewEC2(interrupt.EC2Options{BaseURL: m.base, Log: log, Now: time.Now, Rand: rand.Float64})
}
