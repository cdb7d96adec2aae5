package history

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// shape is how records stand in an input.
type shape int

const (
	shapeTable    shape = iota
	shapeLines          // one JSON object a line
	shapeDocument       // JSON values that hold arrays of records, or are such
)

// containers are the names of the arrays that hold the records in what the
// services answer.
var containers = []string{"AlarmHistoryItems", "incidents", "data"}

// shapeOf tells the shape by how an input begins.
func shapeOf(head []byte) shape {
	head = bytes.TrimLeft(head, " \t\r\n")
	switch head[0] {
	case '[':
		return shapeDocument
	case '{':
	default:
		return shapeTable
	}
	// An object on one line is a record, unless it holds an array of them.
	line, _, _ := bytes.Cut(head, []byte("\n"))
	var members map[string]json.RawMessage
	if json.Unmarshal(line, &members) != nil {
		if i := bytes.IndexAny(head[1:], "\"}"); i >= 0 && bytes.IndexByte(head[1:1+i], '\n') < 0 && !holdsContainer(head) {
			return shapeLines // a broken line among others is told as such
		}
		return shapeDocument
	}
	for _, name := range containers {
		if v := members[name]; len(v) > 0 && v[0] == '[' {
			return shapeDocument
		}
	}
	return shapeLines
}

// holdsContainer looks for an array of records in text that may be cut off.
func holdsContainer(head []byte) bool {
	for _, name := range containers {
		if i := bytes.Index(head, []byte(`"`+name+`"`)); i >= 0 {
			rest := bytes.TrimLeft(head[i+len(name)+2:], " \t\r\n:")
			if len(rest) > 0 && rest[0] == '[' {
				return true
			}
		}
	}
	return false
}

// readLines reads one object a line.
func (d *reading) readLines() error {
	lines := bufio.NewScanner(d.in)
	lines.Buffer(make([]byte, 0, peekBytes), MaxRecordBytes)
	for n := 1; !d.faults.full() && lines.Scan(); n++ {
		line := lines.Bytes()
		text := bytes.TrimSpace(line)
		if len(text) == 0 {
			continue
		}
		offset := bytes.Index(line, text[:1])
		if !d.item(text, position{n, offset + 1}) {
			return nil
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		d.faults.add(0, 0, "a line is larger than %d bytes", MaxRecordBytes)
		return nil
	}
	return lines.Err()
}

// readDocument reads arrays of records, or objects that hold one.
func (d *reading) readDocument() error {
	track := &tracker{r: recordGuard{r: d.in, left: MaxRecordBytes}}
	values := &values{json.NewDecoder(track), track}
	for !d.faults.full() {
		token, err := values.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = d.readTop(values, token)
		}
		if errors.Is(err, errEnough) {
			return nil
		}
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			at := track.position(values.InputOffset())
			d.faults.add(at.line, at.column, "%v", err)
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// errEnough ends the reading without being a fault.
var errEnough = errors.New("enough")

// readTop reads a value at the top, which begins with token.
func (d *reading) readTop(v *values, token json.Token) error {
	switch token {
	case json.Delim('['):
		return d.readArray(v)
	case json.Delim('{'):
		return d.readObject(v)
	}
	return d.leave(v, "want an object or an array of records")
}

// readObject reads the records in an object up to its closing brace.
func (d *reading) readObject(v *values) error {
	found := false
	for v.More() {
		name, err := v.Token()
		if err != nil {
			return err
		}
		s, _ := name.(string)
		if !slices.Contains(containers, s) {
			if _, _, err := v.next(); err != nil {
				return err
			}
			continue
		}
		open, err := v.Token()
		if err != nil {
			return err
		}
		if open != json.Delim('[') {
			return d.leave(v, fmt.Sprintf("%q is not an array", s))
		}
		found = true
		if err := d.readArray(v); err != nil {
			return err
		}
	}
	if !found {
		return d.leave(v, fmt.Sprintf("object holds no array of records, want one of %q in it, or one record a line", containers))
	}
	_, err := v.Token() // the closing brace
	return err
}

// leave notes what makes reading on pointless.
func (d *reading) leave(v *values, text string) error {
	at := v.track.position(v.InputOffset())
	d.faults.add(at.line, at.column, "%s", text)
	return errEnough
}

// readArray reads records up to the closing bracket.
func (d *reading) readArray(v *values) error {
	for v.More() {
		raw, at, err := v.next()
		if err != nil {
			return err
		}
		if !d.item(raw, at) || d.faults.full() {
			return errEnough
		}
	}
	_, err := v.Token()
	return err
}

// itemReaders make a record of a JSON object, by format.
var itemReaders = map[Format]func([]byte, *time.Location, columns) (record, error){
	JSONL: plainItem, CloudWatch: cloudWatchItem, PagerDuty: pagerDutyItem, Opsgenie: opsgenieItem,
}

// item reads one record; false ends the reading. The first tells the format.
func (d *reading) item(raw []byte, at position) bool {
	if d.source.Format == "" {
		d.source.Format = d.Format
		if d.Format == Auto || d.Format == "" {
			d.source.Format = itemFormat(raw)
		}
	}
	read := itemReaders[d.source.Format]
	if read == nil {
		d.faults.add(at.line, at.column, "it is JSON, which format %s is not", d.source.Format)
		return false
	}
	rec, err := read(raw, d.Zone, d.columns)
	if err != nil {
		if offset := errorOffset(err); offset > 0 {
			at = at.within(raw, offset)
		}
		d.faults.add(at.line, at.column, "%v", err)
		return true
	}
	rec.line = at.line
	return d.emit(rec)
}

// errorOffset is where in a value JSON's decoder stopped, 0 if it did not.
func errorOffset(err error) int {
	if e := (*json.SyntaxError)(nil); errors.As(err, &e) {
		return int(e.Offset)
	}
	if e := (*json.UnmarshalTypeError)(nil); errors.As(err, &e) {
		return int(e.Offset)
	}
	return 0
}

// itemFormat tells a format by members that only it has.
func itemFormat(raw []byte) Format {
	var m map[string]json.RawMessage
	_ = json.Unmarshal(raw, &m) // what is no object is told by the reader
	has := func(name string) bool { _, ok := m[name]; return ok }
	switch {
	case has("AlarmName"):
		return CloudWatch
	case has("tinyId"):
		return Opsgenie
	case has("incident_number"), has("incident_key"):
		return PagerDuty
	}
	return JSONL
}

// fault joins the faults of one record.
func fault(errs ...error) error {
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%s", bytes.ReplaceAll([]byte(err.Error()), []byte("\n"), []byte("; ")))
	}
	return nil
}
