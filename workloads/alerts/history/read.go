package history

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Format names how an input looks.
type Format string

// The formats.
const (
	// Auto finds the format by looking at the input.
	Auto Format = "auto"
	// CSV has a header with the columns of plainColumns.
	CSV Format = "csv"
	// JSONL has one JSON object a line with the same names, or an array of them.
	JSONL Format = "jsonl"
	// CloudWatch is what `aws cloudwatch describe-alarm-history` prints.
	CloudWatch Format = "cloudwatch"
	// PagerDuty is its export of incidents as CSV, or what its API answers for
	// /incidents or /analytics/raw/incidents.
	PagerDuty Format = "pagerduty"
	// Opsgenie is its export of alerts as CSV, or what its API answers for
	// /v2/alerts.
	Opsgenie Format = "opsgenie"
)

// Formats are all there are.
var Formats = []Format{Auto, CSV, JSONL, CloudWatch, PagerDuty, Opsgenie}

// Check names the formats that are allowed if f is none of them; "" is Auto.
func (f Format) Check() error {
	if f == "" || slices.Contains(Formats, f) {
		return nil
	}
	names := make([]string, len(Formats))
	for i, known := range Formats {
		names[i] = string(known)
	}
	return fmt.Errorf("format is %q, want %s", f, strings.Join(names, ", "))
}

// Limits of an input.
const (
	// DefaultMaxBytes of an input, unpacked.
	DefaultMaxBytes = 4 << 30
	// MaxRecordBytes of one row or one JSON value: bounds what is held at a time.
	MaxRecordBytes = 1 << 20
	// peekBytes is how much of an input is looked at to find its format.
	peekBytes = 64 << 10
)

// Options say how to read.
type Options struct {
	// Name of the input in errors.
	Name string
	// Format of the input; "" is Auto.
	Format Format
	// Zone of times that name none; nil: UTC.
	Zone *time.Location
	// MaxBytes of the input, unpacked; 0: DefaultMaxBytes.
	MaxBytes int64
}

// Source tells what was read.
type Source struct {
	Name string `json:"name"`
	// Format is "" of an empty list.
	Format Format `json:"format"`
	// Alerts that fired.
	Alerts int `json:"alerts"`
	// Skipped are records that are no firing, such as an alarm's return to OK.
	Skipped int `json:"skipped"`
}

// Read reads alerts, plain or packed with gzip, and gives each to add. All
// faults of the input are in one *InputError; any other error is the reader's.
func Read(r io.Reader, o Options, add func(Alert) error) (Source, error) {
	return read(r, o, alertColumns, func(rec record) error { return add(rec.alert) })
}

// reading is an input on its way.
type reading struct {
	Options
	columns columns
	in      *bufio.Reader
	take    func(record) error
	source  Source
	faults  faults
}

func read(r io.Reader, o Options, c columns, take func(record) error) (Source, error) {
	if err := o.Format.Check(); err != nil {
		return Source{}, err
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	d := &reading{Options: o, columns: c, take: take, source: Source{Name: o.Name}}
	var err error
	if d.in, err = unpacked(r, o.MaxBytes); err == nil {
		err = d.run()
	}
	if isBroken(err) {
		d.faults.add(0, 0, "%v", err)
	} else if err != nil {
		return Source{}, fmt.Errorf("reading %q: %w", o.Name, err)
	}
	if err := d.faults.err(o.Name); err != nil {
		return Source{}, err
	}
	return d.source, nil
}

// isBroken tells inputs that are too large or packed wrongly from readers that
// fail.
func isBroken(err error) bool {
	return errors.As(err, new(limitError)) || errors.As(err, new(flate.CorruptInputError)) ||
		errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF)
}

// unpacked undoes gzip, if there is any, and the mark that some programs put
// before UTF-8.
func unpacked(r io.Reader, most int64) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(&limited{r, most, most}, peekBytes)
	if head, _ := in.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = bufio.NewReaderSize(&limited{z, most, most}, peekBytes)
	}
	if head, _ := in.Peek(3); string(head) == "\ufeff" {
		_, _ = in.Discard(3)
	}
	return in, nil
}

// run finds the format and reads all records.
func (d *reading) run() error {
	head, err := d.in.Peek(peekBytes)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return err
	}
	if len(bytes.TrimSpace(head)) == 0 {
		d.faults.add(0, 0, "it is empty")
		return nil
	}
	if bytes.IndexByte(head, 0) >= 0 {
		d.faults.add(0, 0, "it is not text in UTF-8")
		return nil
	}
	switch shapeOf(head) {
	case shapeLines:
		return d.readLines()
	case shapeDocument:
		return d.readDocument()
	}
	return d.readCSV(head)
}

// emit hands a record on. A record that cannot be taken ends the reading.
func (d *reading) emit(rec record) bool {
	if rec.skip {
		d.source.Skipped++
		return true
	}
	if err := d.take(rec); err != nil {
		d.faults.add(rec.line, 0, "%v", err)
		return false
	}
	d.source.Alerts++
	return true
}

// limitError is an input that is too large.
type limitError struct{ text string }

func (e limitError) Error() string { return e.text }

// limited fails where io.LimitReader would end as if all were well.
type limited struct {
	r    io.Reader
	left int64
	most int64
}

func (l *limited) Read(b []byte) (int, error) {
	if l.left <= 0 {
		var one [1]byte
		if n, err := l.r.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, limitError{fmt.Sprintf("it is larger than %d bytes", l.most)}
	}
	n, err := l.r.Read(b[:min(int64(len(b)), l.left)])
	l.left -= int64(n)
	return n, err
}
