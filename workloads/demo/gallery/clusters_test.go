package gallery_test

import (
	"encoding/binary"
	"fmt"
	"html"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/demo/gallery"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// numbers are values as numpy stores them.
func numbers(values ...float64) *fstest.MapFile {
	header := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }", len(values))
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	data := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	data = append(data, header...)
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	return &fstest.MapFile{Data: data}
}

func TestPointsThatCannotBeDrawnAreNamedAndTheOthersAreDrawn(t *testing.T) {
	t.Parallel()
	ends := []float64{0, 1}
	for name, c := range map[string]struct {
		points          string
		labels, centers []float64
		clusters        int
		problem         string
	}{
		"two points":                  {"1,2\n3,4\n", ends, []float64{1, 2, 3, 4}, 2, ""},
		"a column of one small value": {"1,2\n1,4\n", ends, []float64{1, 2, 1, 4}, 2, ""},
		"a column of one large value": {"1e17,2\n1e17,4\n", ends, []float64{1e17, 2, 1e17, 4}, 2, ""},
		"a column of one huge value":  {"1e300,2\n1e300,4\n", ends, []float64{1e300, 2, 1e300, 4}, 2, ""},
		"the widest range":            {"-5e299,2\n5e299,4\n", ends, []float64{-5e299, 2, 5e299, 4}, 2, ""},
		"a range too wide":            {"-8e307,2\n8e307,4\n", ends, []float64{1, 2, 3, 4}, 2, "at most 1e+300 apart"},
		"a range beyond all numbers":  {"-1.7e308,2\n1.7e308,4\n", ends, []float64{1, 2, 3, 4}, 2, "cannot be drawn"},
		"neighbours far from zero":    {"100000000000000000,2\n100000000000000016,4\n", ends, []float64{1e17, 2, 1e17, 4}, 2, ""},
		"the smallest numbers":        {"0,2\n5e-324,4\n", ends, []float64{0, 2, 0, 4}, 2, ""},
		"a center that is no number":  {"1,2\n3,4\n", ends, []float64{1, 2, math.NaN(), 4}, 2, "center 1 has NaN"},
		"a center without end":        {"1,2\n3,4\n", ends, []float64{math.Inf(1), 2, 3, 4}, 2, "center 0 has +Inf"},
		"a label that is no number":   {"1,2\n3,4\n", []float64{math.NaN(), 1}, []float64{1, 2, 3, 4}, 2, "label 0 is NaN"},
		"half a label":                {"1,2\n3,4\n", []float64{.5, 1}, []float64{1, 2, 3, 4}, 2, "label 0 is 0.5, want a whole number in 0..1"},
		"a label too large":           {"1,2\n3,4\n", []float64{0, 2}, []float64{1, 2, 3, 4}, 2, "label 1 is 2"},
		"clusters that overflow":      {"1,2\n3,4\n", ends, nil, math.MinInt64, "do not go together"},
		"no clusters":                 {"1,2\n3,4\n", ends, nil, 0, "do not go together"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{"p.csv": {Data: []byte(c.points)}, "labels.npy": numbers(c.labels...), "centers.npy": numbers(c.centers...)}
			page, err := gallery.HTML(gallery.Input{Made: begin, Points: "p.csv", Files: files, Records: []volume.Record{
				record(1, "kmeans", map[string]any{"points": 2, "features": 2, "clusters": c.clusters, "output": []string{"labels.npy", "centers.npy"}}),
			}})
			require.NoError(t, err)
			got := outline(t, page)
			if c.problem == "" {
				assert.Equal(t, 2+c.clusters, got["clusters"]["circle"], "points and centers")
				assert.NotContains(t, got, "problems")
			} else {
				assert.Zero(t, got["clusters"]["circle"])
				assert.Equal(t, 1, got["problems"]["li"])
				assert.Contains(t, html.UnescapeString(string(page)), c.problem)
			}
			for n := range parse(t, page).Descendants() {
				for _, a := range []string{"x1", "y1", "cx", "cy"} {
					assert.NotRegexp(t, "NaN|Inf", attribute(n, a))
				}
			}
		})
	}
}
