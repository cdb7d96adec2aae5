package kmeans

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadCSV(t *testing.T) {
	t.Parallel()
	want := grid([]float64{1, -2.5}, []float64{3e4, 0})
	for name, text := range map[string]string{
		"plain":                       "1,-2.5\n3e4,0\n",
		"no newline at the end":       "1,-2.5\n3e4,0",
		"header":                      "width,height\n1,-2.5\n3e4,0\n",
		"lines of Windows, with mark": "\xef\xbb\xbf1,-2.5\r\n3e4,0\r\n",
		"empty lines":                 "\n1,-2.5\n  \n\n3e4,0\n\n",
		"spaces and quotes":           "\"a\", \"b\"\n \"1\" ,\" -2.5\"\n3e4 ,\"0\"\n",
		"tabs":                        "a\tb\n1\t-2.5\n3e4\t0\n",
		"semicolons":                  "1;-2.5\n3e4;0\n",
	} {
		d, err := ReadCSV(strings.NewReader(text), 4)
		require.NoError(t, err, name)
		assert.Equal(t, want, d, name)
	}
	d, err := ReadCSV(strings.NewReader("7\n8\n9\n"), 3)
	require.NoError(t, err)
	assert.Equal(t, grid([]float64{7}, []float64{8}, []float64{9}), d)
}

func TestBadCSVIsRefusedWithLineAndColumn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"words": {"a,b\n1,2\nx,4\n5,\n", []string{`line 3, column 1: "x" is not a finite number`, `line 4, column 2: "" is not a finite number`}},
		"not finite": {"1,NaN\n-Inf,2\n1e999,3\n", []string{
			`line 1, column 2: "NaN" is not`, `line 2, column 1: "-Inf" is not`, `line 3, column 1: "1e999" is not a finite number that 64 bits hold`,
		}},
		"a header with a number":  {"a,2\n1,2\n", []string{`line 1, column 1: "a" is not`}},
		"rows of other lengths":   {"1,2\n3\n4,5,6\n", []string{"line 2 has 1 cells, want 2 as in the rows before", "line 3 has 3 cells"}},
		"decimal commas":          {"1,5;2\n1;2\n", []string{"line 1, column 2"}},
		"decimal commas below":    {"a;b\n1,5;2\n", []string{`line 2, column 1: "1,5" is not a finite number, which has a decimal point, not a comma`}},
		"only a header":           {"a,b\n", []string{"it has no row of numbers"}},
		"nothing":                 {"", []string{"it has no row of numbers"}},
		"too many values":         {"1,2\n3,4\n5,6\n", []string{"line 3: more than 4 values, want at most so many"}},
		"too many in one row":     {"1,2,3,4,5\n", []string{"line 1: more than 4 values"}},
		"more faults than wanted": {strings.Repeat("1,x\n", 100), []string{"line 10, column 2", "no more were looked for after 10"}},
		"a long cell":             {"1\n" + strings.Repeat("y", 100) + "\n", []string{`"` + strings.Repeat("y", 40) + `"… is not`}},
	} {
		_, err := ReadCSV(strings.NewReader(c.text), 4)
		require.ErrorContains(t, err, "reading csv: ", name)
		for _, want := range c.want {
			assert.ErrorContains(t, err, want, name)
		}
		assert.NotContains(t, err.Error(), "line 11", name)
	}
}

// endless is a line that never ends.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '1'
	}
	e.read += len(p)
	return len(p), nil
}

func TestEndlessLineTakesBoundedMemory(t *testing.T) {
	t.Parallel()
	e := &endless{}
	_, err := ReadCSV(e, 10)
	require.ErrorIs(t, err, errLineTooLong)
	assert.LessOrEqual(t, e.read, maxLineBytes+1<<20)
}

func TestErrorsOfTheReaderPassThrough(t *testing.T) {
	t.Parallel()
	lost := errors.New("the volume is away")
	_, err := ReadCSV(io.MultiReader(strings.NewReader("1,2\n3,4\n"), failing{lost}), 10)
	require.ErrorIs(t, err, lost)
	assert.ErrorContains(t, err, "line 3")
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "1;2\n3;x", "\"1\"\t2\n", "\xef\xbb\xbf1\r\n", "1,,2", "0x1p4,1_0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ReadCSV(strings.NewReader(text), 100)
		if err != nil {
			return
		}
		require.Len(t, d.Values, d.Points*d.Features)
		require.LessOrEqual(t, len(d.Values), 100)
		var again strings.Builder
		for i := range d.Points {
			for j, v := range d.Row(i) {
				require.False(t, math.IsNaN(v) || math.IsInf(v, 0))
				fmt.Fprint(&again, strings.Repeat(",", min(j, 1)), strconv.FormatFloat(v, 'g', -1, 64))
			}
			again.WriteByte('\n')
		}
		back, err := ReadCSV(strings.NewReader(again.String()), 100)
		require.NoError(t, err)
		require.Equal(t, d, back)
	})
}
