package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/spotgrid/spotgrid/workloads/wording"
)

// table prints rows in columns.
type table struct{ w *tabwriter.Writer }

func newTable(w io.Writer, header ...string) *table {
	t := &table{tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)}
	t.row(header...)
	return t
}

func (t *table) row(cells ...string) { fmt.Fprintln(t.w, strings.Join(cells, "\t")) }

func (t *table) flush() error { return t.w.Flush() }

// printJSON prints one value on one line.
func printJSON(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

// terminal reports whether a person is looking at w.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// cut shortens s to one line of at most n characters.
func cut(s string, n int) string {
	line, _, more := strings.Cut(strings.TrimSpace(s), "\n")
	r := []rune(strings.ToValidUTF8(line, "?"))
	for i, c := range r {
		if c < ' ' {
			r[i] = ' '
		}
	}
	if len(r) > n || more && len(r) == n {
		return string(r[:max(0, n-1)]) + "…"
	}
	if more {
		return string(r) + "…"
	}
	return string(r)
}

// Short names for what most commands print.
var (
	count   = wording.Count
	seconds = wording.Seconds
)

// mebibytes prints a size in MiB.
func mebibytes(b int64) string { return fmt.Sprintf("%.1f MiB", float64(b)/(1<<20)) }
