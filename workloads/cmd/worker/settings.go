package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

// settings are what the fleet tells a worker.
type settings struct {
	Worker        string
	QueueURL      string
	DeadLetterURL string
	VolumeURL     string
	FilesURL      string // "": users' files are on the volume, if it has a folder
	Slots         int
	DrainSeconds  int
	IdleSeconds   int // 0: the machine does not leave its group
	MetadataURL   string
	GroupURL      string // "": the machine is in no group
	SecretsDir    string // "": commands get no secrets from files
	LogFormat     string // json, text or "" for json unless on a terminal
	Lifeline      bool
}

// setting is one environment variable.
type setting struct {
	name string
	// initial is the default; required ones have none.
	initial  string
	required bool
	help     string
	set      func(s *settings, value string) error
}

// known are all settings, in the order of the help text.
var known = []setting{
	{name: "SPOTGRID_WORKER", required: true, help: "name of this worker, unique in the grid",
		set: func(s *settings, v string) error {
			s.Worker = v
			if !job.ValidID(v) {
				return errors.New("want 1..128 of letters, digits, dot, underscore and hyphen, not starting with a dot")
			}
			return nil
		}},
	{name: "SPOTGRID_QUEUE_URL", required: true, help: "queue to take jobs from, such as nats://127.0.0.1:4222/jobs?token_file=/path, sqs://sqs.REGION.amazonaws.com/ACCOUNT/jobs or pubsub://PROJECT/SUBSCRIPTION?topic=TOPIC",
		set: func(s *settings, v string) error { s.QueueURL = v; return checkURL(v) }},
	{name: "SPOTGRID_DEAD_LETTER_URL", required: true, help: "queue for jobs that were given up",
		set: func(s *settings, v string) error { s.DeadLetterURL = v; return checkURL(v) }},
	{name: "SPOTGRID_VOLUME_URL", required: true, help: "where results and logs are kept: a shared folder such as file:///mnt/grid, or a part of a bucket, s3://BUCKET/PREFIX?region=REGION or gs://BUCKET/PREFIX",
		set: func(s *settings, v string) error { s.VolumeURL = v; return checkURL(v) }},
	{name: "SPOTGRID_FILES_URL", help: "folder of users' files, such as file:///mnt/files; none: that of the volume, and a volume in a bucket has none",
		set: func(s *settings, v string) error { s.FilesURL = v; return checkFolderIfAny(v) }},
	{name: "SPOTGRID_SLOTS", initial: "1", help: fmt.Sprintf("jobs to run at a time, 1..%d", worker.MaxSlots),
		set: func(s *settings, v string) (err error) { s.Slots, err = number(v, 1, worker.MaxSlots); return err }},
	{name: "SPOTGRID_DRAIN_SECONDS", initial: "20", help: fmt.Sprintf("seconds that running jobs may take to finish after SIGTERM, 0..%d", worker.MaxDrainSeconds),
		set: func(s *settings, v string) (err error) {
			s.DrainSeconds, err = number(v, 0, worker.MaxDrainSeconds)
			return err
		}},
	{name: "SPOTGRID_IDLE_SECONDS", initial: "0", help: fmt.Sprintf("seconds without a job after which the machine leaves its group and ends, 0..%d; 0: it stays, as in groups of EC2 Auto Scaling, which take idle machines away themselves", worker.MaxIdleSeconds),
		set: func(s *settings, v string) (err error) {
			s.IdleSeconds, err = number(v, 0, worker.MaxIdleSeconds)
			return err
		}},
	{name: "SPOTGRID_METADATA_URL", help: "where interruptions are announced: http://… in the shape of EC2's instance metadata, gce+http://metadata.google.internal in that of Compute Engine's (?notice_seconds=120 for machines that are told so long before, default 30); none: not watched",
		set: func(s *settings, v string) error { s.MetadataURL = v; return checkURLIfAny(v) }},
	{name: "SPOTGRID_GROUP_URL", help: "group of this machine: asg://REGION/GROUP?instance=ID&hook=HOOK, which must not take it away while jobs run, or mig://PROJECT/ZONE-or-REGION/GROUP?instance=NAME, which it leaves when idle while the group has more than &min=N machines; none: it is in no group",
		set: func(s *settings, v string) error { s.GroupURL = v; return checkURLIfAny(v) }},
	{name: "SPOTGRID_SECRETS_DIR", help: "absolute path of a folder whose files are secrets, which commands ask for as file:NAME; none: they get none. Variables SPOTGRID_SECRET_NAME are secrets too, asked for as env:NAME",
		set: func(s *settings, v string) error { s.SecretsDir = v; return checkAbsoluteIfAny(v) }},
	{name: "SPOTGRID_LOG", help: "json or text; default json, but text on a terminal",
		set: func(s *settings, v string) error { s.LogFormat = v; return oneOf(v, "", "json", "text") }},
	{name: "SPOTGRID_LIFELINE", help: "stdin: end when standard input does, since whoever holds its other end is gone",
		set: func(s *settings, v string) error { s.Lifeline = v == "stdin"; return oneOf(v, "", "stdin") }},
}

// parse reads the settings and returns every fault, joined. Values are not
// repeated for URLs, which may hold a secret.
func parse(lookup func(string) (string, bool)) (settings, error) {
	var s settings
	var errs []error
	for _, one := range known {
		value, ok := lookup(one.name)
		if value = strings.TrimSpace(value); !ok || value == "" {
			if one.required {
				errs = append(errs, fmt.Errorf("%s is not set: %s", one.name, one.help))
				continue
			}
			value = one.initial
		}
		if err := one.set(&s, value); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", one.name, err))
		}
	}
	if s.IdleSeconds > 0 && s.GroupURL == "" {
		errs = append(errs, errors.New("SPOTGRID_IDLE_SECONDS: there is no group to leave, want SPOTGRID_GROUP_URL"))
	}
	return s, errors.Join(errs...)
}

func number(v string, least, most int) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%q, want a whole number %d..%d", v, least, most)
	}
	return n, nil
}

func oneOf(v string, allowed ...string) error {
	for _, a := range allowed {
		if v == a {
			return nil
		}
	}
	return fmt.Errorf("%q, want %s or nothing", v, strings.Join(allowed[1:], " or "))
}

func checkURL(v string) error {
	if u, err := url.Parse(v); err != nil || u.Scheme == "" {
		return errors.New("not a URL, want scheme://host/path")
	}
	return nil
}

func checkAbsoluteIfAny(v string) error {
	if v != "" && !filepath.IsAbs(v) {
		return fmt.Errorf("%q, want an absolute path or nothing", v)
	}
	return nil
}

func checkFolderIfAny(v string) error {
	if v == "" {
		return nil
	}
	_, err := volume.PathOf(v)
	return err
}

func checkURLIfAny(v string) error {
	if v == "" {
		return nil
	}
	return checkURL(v)
}

// help prints what the worker is and its settings.
func help(w io.Writer) {
	fmt.Fprint(w, `worker takes jobs from a queue, runs them and commits their results on a shared
folder or in a bucket. Fleets start it; it is set by the environment alone. "worker
init-volume" makes what SPOTGRID_VOLUME_URL names a volume, if it is empty, and ends.

`)
	for _, one := range known {
		note := ""
		switch {
		case one.required:
			note = " (required)"
		case one.initial != "":
			note = " (default " + one.initial + ")"
		}
		fmt.Fprintf(w, "  %s%s\n        %s\n", one.name, note, one.help)
	}
	fmt.Fprint(w, `
Services of AWS also take the usual variables, such as AWS_REGION, AWS_PROFILE
and AWS_ENDPOINT_URL; on a machine of AWS its role gives the credentials. Services
of Google Cloud take application default credentials, which on a machine of
Google Cloud are its service account's.

SIGTERM or SIGINT drains: no new jobs, the running ones may finish. A second
signal ends it at once; what it was running comes back by itself.

Exit codes: 0 drained, 1 error, 2 bad settings.
`)
}
