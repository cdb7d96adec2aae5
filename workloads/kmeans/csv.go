package kmeans

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

const (
	// maxLineBytes bounds a line of CSV: a million numbers of 32 characters.
	maxLineBytes = 32 << 20
	// faultsShown is after how many faults of a file no more are looked for.
	faultsShown = 10
)

// errLineTooLong is about a line of more than maxLineBytes.
var errLineTooLong = fmt.Errorf("it has more than %d bytes", maxLineBytes)

// ReadCSV reads points, one a line, of at most maxValues numbers in all. Cells
// are separated by commas, or by tabs or semicolons if the first line has some
// and no comma; they may stand in double quotes. If no cell of the first line
// is a number, it is a header. Empty lines are skipped. The error names line
// and column, from 1, of the first ten cells that are not finite numbers, and
// of rows that are shorter or longer than the first.
func ReadCSV(r io.Reader, maxValues int) (Dataset, error) {
	c := csvReader{in: bufio.NewReaderSize(r, 64<<10), maxValues: maxValues}
	if err := c.read(); err != nil {
		return Dataset{}, fmt.Errorf("reading csv: %w", err)
	}
	d := Dataset{Features: c.width, Points: len(c.values) / max(1, c.width), Values: c.values}
	if d.Points == 0 {
		return Dataset{}, errors.New("reading csv: it has no row of numbers")
	}
	return d, nil
}

// csvReader is strict and takes memory only for numbers it has read.
type csvReader struct {
	in        *bufio.Reader
	maxValues int
	separator byte
	// line is the number of the last line that was read, long its buffer where
	// it does not fit the reader's.
	line   int
	long   []byte
	width  int // features; 0 before the first row
	values []float64
	faults []error
}

func (c *csvReader) read() error {
	for {
		line, err := c.next()
		if err == io.EOF {
			return errors.Join(c.faults...)
		}
		if err != nil {
			return errors.Join(append(c.faults, fmt.Errorf("line %d: %w", c.line, err))...)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if c.separator == 0 {
			c.separator = separatorOf(line)
			if c.isHeader(line) {
				continue
			}
		}
		if len(c.values)+max(c.width, 1) > c.maxValues {
			return errors.Join(append(c.faults, fmt.Errorf("line %d: more than %d values, want at most so many", c.line, c.maxValues))...)
		}
		if c.row(line); len(c.faults) >= faultsShown {
			return fmt.Errorf("%w\nno more were looked for after %d", errors.Join(c.faults...), faultsShown)
		}
	}
}

// next is the next line, without its end.
func (c *csvReader) next() ([]byte, error) {
	c.line++
	line, err := c.in.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		c.long = append(c.long[:0], line...)
		for err == bufio.ErrBufferFull {
			if len(c.long) > maxLineBytes {
				return nil, errLineTooLong
			}
			line, err = c.in.ReadSlice('\n')
			c.long = append(c.long, line...)
		}
		line = c.long
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	if c.line == 1 {
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")) // as spreadsheets write it
	}
	return bytes.TrimRight(line, "\r\n"), err
}

// separatorOf is what separates the cells of a line.
func separatorOf(line []byte) byte {
	for _, s := range []byte(",\t;") {
		if bytes.IndexByte(line, s) >= 0 {
			return s
		}
	}
	return ','
}

// isHeader: a line with no number in it.
func (c *csvReader) isHeader(line []byte) bool {
	for more := true; more; {
		var cell []byte
		cell, line, more = bytes.Cut(line, []byte{c.separator})
		if _, err := strconv.ParseFloat(string(trimCell(cell)), 64); err == nil || errors.Is(err, strconv.ErrRange) {
			return false
		}
	}
	return true
}

// row reads the numbers of a line. A line with faults adds nothing.
func (c *csvReader) row(line []byte) {
	start, column := len(c.values), 0
	bad := false
	for more := true; more; {
		var cell []byte
		cell, line, more = bytes.Cut(line, []byte{c.separator})
		column++
		if c.width > 0 && column > c.width {
			continue // they are only counted
		}
		if len(c.values) == c.maxValues {
			c.faults = append(c.faults, fmt.Errorf("line %d: more than %d values, want at most so many", c.line, c.maxValues))
			bad = true
			break
		}
		v, err := strconv.ParseFloat(string(trimCell(cell)), 64)
		if err != nil || isNotFinite(v) {
			bad = true
			if len(c.faults) < faultsShown {
				c.faults = append(c.faults, fmt.Errorf("line %d, column %d: %s is not a finite number%s", c.line, column, quoteCell(cell), c.hint(v, err)))
			}
		}
		c.values = append(c.values, v)
	}
	if c.width == 0 {
		c.width = column
	}
	if column != c.width {
		bad = true
		c.faults = append(c.faults, fmt.Errorf("line %d has %d cells, want %d as in the rows before", c.line, column, c.width))
	}
	if bad {
		c.values = c.values[:start]
	}
}

func (c *csvReader) hint(v float64, err error) string {
	switch {
	case errors.Is(err, strconv.ErrRange) && math.IsInf(v, 0):
		return " that 64 bits hold"
	case c.separator == ';' && err != nil:
		return ", which has a decimal point, not a comma"
	}
	return ""
}

// trimCell takes spaces and one pair of double quotes away.
func trimCell(cell []byte) []byte {
	cell = bytes.TrimSpace(cell)
	if len(cell) >= 2 && cell[0] == '"' && cell[len(cell)-1] == '"' {
		cell = bytes.TrimSpace(cell[1 : len(cell)-1])
	}
	return cell
}

func quoteCell(cell []byte) string {
	const most = 40
	if len(cell) > most {
		return strconv.Quote(string(cell[:most])) + "…"
	}
	return strconv.Quote(string(cell))
}
