package history

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// table reads rows by the names of their columns.
type table struct {
	d      *reading
	csv    *csv.Reader
	index  map[string]int
	fields []string
	line   int
	// isBad: the row has a fault and is not handed on.
	isBad bool
}

// rowReaders make a record of a row, by format.
var rowReaders = map[Format]func(*table) record{CSV: plainRow, PagerDuty: pagerDutyRow, Opsgenie: opsgenieRow}

// readCSV reads a table; head is how it begins.
func (d *reading) readCSV(head []byte) error {
	guard := &recordGuard{r: d.in, left: MaxRecordBytes}
	t := &table{d: d, csv: csv.NewReader(guard)}
	t.csv.FieldsPerRecord = -1 // told with line and column below
	t.csv.ReuseRecord = true
	t.csv.Comma = separatorOf(head)
	header, err := t.csv.Read()
	if err != nil {
		return d.csvError(err)
	}
	read, ok := t.begin(slices.Clone(header))
	if !ok {
		return nil
	}
	for !d.faults.full() {
		guard.left = MaxRecordBytes
		if t.fields, err = t.csv.Read(); errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			if err = d.csvError(err); err != nil || guard.isFull {
				return err
			}
			continue
		}
		if !t.row(read) {
			return nil
		}
	}
	return nil
}

// row reads one row; false ends the reading.
func (t *table) row(read func(*table) record) bool {
	t.line, _ = t.csv.FieldPos(0)
	if len(t.fields) != len(t.index) {
		t.d.faults.add(t.line, 0, "row has %d fields, want %d as in the header", len(t.fields), len(t.index))
		return true
	}
	t.isBad = false
	rec := read(t)
	rec.line = t.line
	if t.isBad {
		return true
	}
	return t.d.emit(rec)
}

// begin reads the header. ok is false if it has faults.
func (t *table) begin(header []string) (read func(*table) record, ok bool) {
	t.index = make(map[string]int, len(header))
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := t.index[name]; twice {
			line, column := t.csv.FieldPos(i)
			t.d.faults.add(line, column, "column %s stands twice in the header", quoted(name))
		}
		t.index[name] = i
	}
	format := t.d.Format
	if format == Auto || format == "" {
		format = t.formatOf()
	}
	t.d.source.Format = format
	if read = rowReaders[format]; read == nil {
		t.d.faults.add(1, 0, "it is a table, which format %s is not", format)
	} else {
		t.checkHeader(format, header)
	}
	return read, t.d.faults.count == 0
}

// formatOf tells a format by columns that only it has.
func (t *table) formatOf() Format {
	switch {
	case t.has("tinyid", "createdat"):
		return Opsgenie
	case t.has("incident_number", "created_on"):
		return PagerDuty
	}
	return CSV
}

func (t *table) has(names ...string) bool {
	for _, name := range names {
		if _, ok := t.index[name]; !ok {
			return false
		}
	}
	return true
}

// neededColumns of each format; plain tables need them of what they hold.
var neededColumns = map[Format][]string{
	PagerDuty: {"incident_number", "created_on", "description"},
	Opsgenie:  {"createdat", "message"},
}

// checkHeader names every column that is missing, and in plain tables every one
// that is not known. Services may add columns to their exports.
func (t *table) checkHeader(format Format, header []string) {
	needed := neededColumns[format]
	if format == CSV {
		needed = []string{"time"}
		if t.d.columns.needsRule {
			needed = append(needed, "rule")
		}
		for i, name := range header {
			if !slices.Contains(t.d.columns.names, strings.ToLower(strings.TrimSpace(name))) {
				line, column := t.csv.FieldPos(i)
				t.d.faults.add(line, column, "column %s is not known, want %s, or an export of PagerDuty or Opsgenie", quoted(name), t.d.columns.allowed())
			}
		}
	}
	for _, name := range needed {
		if !t.has(name) {
			t.d.faults.add(1, 0, "column %q is missing", name)
		}
	}
}

// get is a field, "" if there is no such column.
func (t *table) get(name string) string {
	if i, ok := t.index[name]; ok {
		return t.fields[i]
	}
	return ""
}

// bad notes a fault of a field.
func (t *table) bad(name, format string, args ...any) {
	line, column := t.line, 0
	if i, ok := t.index[name]; ok {
		line, column = t.csv.FieldPos(i)
	}
	t.d.faults.add(line, column, "%s %s", name, fmt.Sprintf(format, args...))
	t.isBad = true
}

// time is a field that must be a time.
func (t *table) time(name string) int64 {
	millis, err := parseTime(t.get(name), t.d.Zone)
	if err != nil {
		t.bad(name, "%v", err)
	}
	return millis
}

// csvError notes what is wrong with the text and returns what is not its fault.
func (d *reading) csvError(err error) error {
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse):
		d.faults.add(parse.Line, parse.Column, "%v", parse.Err)
		return nil
	case errors.Is(err, io.EOF):
		return nil
	}
	return err
}

// separatorOf is what stands most often in the first line.
func separatorOf(head []byte) rune {
	first, _, _ := bytes.Cut(head, []byte("\n"))
	best, most := ',', 0
	for _, c := range []rune{',', ';', '\t'} {
		if n := bytes.Count(first, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// recordGuard fails where one record would take more than its share of memory.
// What the reader on it reads ahead counts too, which is little beside the limit.
type recordGuard struct {
	r      io.Reader
	left   int
	isFull bool
}

func (g *recordGuard) Read(b []byte) (int, error) {
	if g.left <= 0 {
		g.isFull = true
		return 0, limitError{fmt.Sprintf("a record is larger than %d bytes; is a quote not closed?", MaxRecordBytes)}
	}
	n, err := g.r.Read(b[:min(len(b), g.left)])
	g.left -= n
	return n, err
}
