package wiki

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/spotgrid/spotgrid/workloads/job"
)

const (
	// DefaultLang is the Wikipedia that is asked unless a request says otherwise.
	DefaultLang = "en"
	// MaxPayloadBytes is the largest payload of the function: 4 KiB, an entity
	// of MaxTitleBytes with every byte escaped and room to spare.
	MaxPayloadBytes = 4 << 10
)

// langPattern is of the names of Wikipedias: "en", "simple", "zh-min-nan",
// "be-x-old". It has no dot, so that no lang leads to another host.
var langPattern = regexp.MustCompile(`^[a-z]{2,12}(-[a-z]{1,12}){0,2}$`)

// Request asks what an entity is.
type Request struct {
	// Entity is the title of an article, or what redirects to one: at most
	// MaxTitleBytes. Case counts, but for the first letter.
	Entity string `json:"entity"`
	// Lang is which Wikipedia is asked, as in its host's name; default
	// DefaultLang.
	Lang string `json:"lang"`
}

// RequestError says what is wrong with a request.
type RequestError struct{ Err error }

func (e *RequestError) Error() string { return "bad request: " + e.Err.Error() }
func (e *RequestError) Unwrap() error { return e.Err }

// ParseRequest reads a payload strictly and returns the request in the form in
// which it is asked. The error is a *RequestError with every fault.
func ParseRequest(payload []byte) (Request, error) {
	if n := len(payload); n == 0 || n > MaxPayloadBytes {
		return Request{}, &RequestError{fmt.Errorf(`payload has %d bytes, want 1..%d, such as {"entity":"google"}`, n, MaxPayloadBytes)}
	}
	var r Request
	if err := decodeObject(payload, &r); err != nil {
		return Request{}, &RequestError{err}
	}
	return r.Normalized()
}

// decodeObject refuses null, which would decode into anything.
func decodeObject(payload []byte, v any) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(payload, &object); err != nil || object == nil {
		return errors.New(`payload is not a JSON object, want one such as {"entity":"google"}`)
	}
	return job.DecodeStrict(payload, v)
}

// Normalized is the request in the form in which it is asked, with its
// defaults. The error is a *RequestError with every fault.
func (r Request) Normalized() (Request, error) {
	title, err := NormalizeTitle(r.Entity)
	var errs []error
	if err != nil {
		errs = append(errs, fmt.Errorf("entity %w", err))
	}
	if r.Lang == "" {
		r.Lang = DefaultLang
	}
	errs = append(errs, CheckLang(r.Lang))
	if err := errors.Join(errs...); err != nil {
		return Request{}, &RequestError{err}
	}
	return Request{Entity: title, Lang: r.Lang}, nil
}

// CheckLang says what is wrong with the name of a Wikipedia. It does not look
// whether there is one.
func CheckLang(lang string) error {
	if !langPattern.MatchString(lang) {
		return fmt.Errorf(`lang is %q, want the name of a Wikipedia, such as "en", "simple" or "zh-min-nan"`, clip(lang))
	}
	return nil
}

// clip bounds what a message repeats of somebody's input.
func clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
