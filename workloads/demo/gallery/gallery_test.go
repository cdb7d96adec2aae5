package gallery_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/spotgrid/spotgrid/workloads/demo"
	"github.com/spotgrid/spotgrid/workloads/demo/gallery"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/kinds"
	"github.com/spotgrid/spotgrid/workloads/pricing"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

var begin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// record is a job that one worker ran, a second after the one before.
func record(n int, kind string, result any) volume.Record {
	raw, err := json.Marshal(result)
	if err != nil {
		panic(err)
	}
	from := begin.Add(time.Duration(n) * time.Second)
	return volume.Record{
		JobID: fmt.Sprintf("job-%d", n), Kind: kind, Outcome: job.Succeeded, Result: raw, Seconds: .5,
		Attempts: []job.Attempt{{Number: 1, Worker: "worker-1", StartedAt: from, EndedAt: from.Add(time.Second / 2), Outcome: job.Succeeded}},
	}
}

func commandResult(argv ...string) map[string]any {
	return map[string]any{"argv": argv, "exit_code": 0, "stdout": strings.Join(argv[1:], " ")}
}

// demoInput runs the demo's jobs, but for its commands, as a worker does.
func demoInput(t *testing.T) gallery.Input {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	files, err := demo.Inputs()
	require.NoError(t, err)
	require.NoError(t, demo.Write(root, files))
	first, err := demo.First(demo.Options{Output: "demo/run"})
	require.NoError(t, err)
	second, err := demo.Second(demo.Options{Output: "demo/run"})
	require.NoError(t, err)
	in := gallery.Input{Stack: "local-test", Made: begin, Files: root.FS(), Points: demo.PointsFile, Truth: demo.Truth()}
	for n, j := range append(first, second...) {
		if j.Kind == "command" {
			in.Records = append(in.Records, record(n, j.Kind, commandResult("echo", "hello")))
			continue
		}
		k, err := kinds.All().Get(j.Kind)
		require.NoError(t, err)
		raw, err := k.Run(t.Context(), job.Task{ID: fmt.Sprintf("job-%d", n), Payload: j.Payload, Log: slog.New(slog.DiscardHandler), Output: io.Discard, Files: root})
		require.NoError(t, err, j.Kind)
		in.Records = append(in.Records, record(n, j.Kind, raw))
	}
	table, err := pricing.Default()
	require.NoError(t, err)
	for _, cloud := range []string{"aws", "gcp"} {
		m, err := table.Reference(cloud)
		require.NoError(t, err)
		in.Machines = append(in.Machines, m)
	}
	return in
}

// outline are the ids of the sections and how many of some elements each has.
func outline(t *testing.T, page []byte) map[string]map[string]int {
	t.Helper()
	counts := map[string]map[string]int{}
	section := ""
	for n := range parse(t, page).Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "section" {
			section = attribute(n, "id")
			counts[section] = map[string]int{}
		} else if section != "" {
			counts[section][n.Data]++
		}
	}
	return counts
}

func parse(t *testing.T, page []byte) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(string(page)))
	require.NoError(t, err)
	return doc
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// requireBalanced fails for elements that are not closed in their order, which
// a parser of HTML would mend in silence.
func requireBalanced(t *testing.T, page []byte) {
	t.Helper()
	void := map[string]bool{"meta": true, "img": true, "br": true}
	var open []string
	for z := html.NewTokenizer(strings.NewReader(string(page))); ; {
		switch z.Next() {
		case html.ErrorToken:
			require.ErrorIs(t, z.Err(), io.EOF)
			require.Empty(t, open)
			return
		case html.StartTagToken:
			if name, _ := z.TagName(); !void[string(name)] {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			require.NotEmpty(t, open, "</%s> without a beginning", name)
			require.Equal(t, open[len(open)-1], string(name))
			open = open[:len(open)-1]
		}
	}
}

// requireSelfContained fails if the page loads or runs anything.
func requireSelfContained(t *testing.T, page []byte) {
	t.Helper()
	for n := range parse(t, page).Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		require.NotContains(t, []string{"script", "link", "iframe", "object", "embed", "base", "form", "foreignobject"}, strings.ToLower(n.Data))
		for _, a := range n.Attr {
			require.False(t, strings.HasPrefix(strings.ToLower(a.Key), "on"), "<%s %s>", n.Data, a.Key)
			switch a.Key {
			case "src":
				require.Regexp(t, `^data:image/(jpeg|png);base64,`, a.Val)
			case "href":
				require.Regexp(t, `^#`, a.Val)
			case "style", "fill":
				require.NotContains(t, a.Val, "url(")
			}
		}
		if n.Data == "img" {
			require.NotEmpty(t, attribute(n, "alt"))
		}
		if n.Data == "style" {
			require.NotContains(t, n.FirstChild.Data, "url(")
			require.NotContains(t, n.FirstChild.Data, "@import")
		}
	}
}

func TestTheDemosGalleryShowsEverything(t *testing.T) {
	t.Parallel()
	in := demoInput(t)
	in.LeftOut = []gallery.LeftOut{{What: "wiki", Why: "no internet"}}
	page, err := gallery.HTML(in)
	require.NoError(t, err)
	requireBalanced(t, page)
	requireSelfContained(t, page)
	got := outline(t, page)
	assert.NotContains(t, got, "problems", "all files were found")
	assert.Equal(t, 16+6, got["photos"]["img"], "thumbnails and photos with marks")
	assert.Equal(t, 17+6, got["photos"]["figure"], "the one that is cut off has no picture")
	assert.Equal(t, 10, got["duplicates"]["img"], "four originals and six copies")
	assert.Equal(t, 1200+5, got["clusters"]["circle"], "points and centers")
	assert.Equal(t, 1+11, got["clusters"]["tr"])
	assert.Equal(t, 1+6, got["alerts"]["tr"])
	assert.Equal(t, 2, got["alerts"]["svg"], "calendar and days")
	assert.Equal(t, 1+20, got["commands"]["tr"])
	assert.Equal(t, 38+6, got["timeline"]["rect"], "a bar for each job and a color for each kind")
	assert.Equal(t, 1, got["left-out"]["li"])
	text := string(page)
	assert.Contains(t, text, "the file ends before the picture does")
	assert.Contains(t, text, "announces every second incident")
	assert.Contains(t, text, "19.0 s", "machine time: 38 jobs of half a second")
	assert.Less(t, len(page), 1_500_000, "bytes")
}

func TestHostileTextIsOnlyText(t *testing.T) {
	t.Parallel()
	evil := `"><script>alert(1)</script><img src=https://evil.example/x onerror=alert(2)>`
	in := gallery.Input{Stack: evil, Made: begin, LeftOut: []gallery.LeftOut{{What: evil, Why: evil}}, Files: fstest.MapFS{}, Records: []volume.Record{
		record(1, "command", commandResult("echo", evil)),
		record(2, evil, evil),
		record(3, "vision", map[string]any{"photos": []any{map[string]any{"file": evil, "error": evil}, map[string]any{"file": evil, "thumbnail": evil}}}),
	}}
	in.Records[0].JobID, in.Records[0].Attempts[0].Worker = evil, evil
	page, err := gallery.HTML(in)
	require.NoError(t, err)
	requireBalanced(t, page)
	requireSelfContained(t, page)
	assert.Contains(t, string(page), "&lt;script&gt;alert(1)")
}

func TestOnlyPicturesAreShownAsPictures(t *testing.T) {
	t.Parallel()
	svg := `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	for name, c := range map[string]struct {
		files   fstest.MapFS
		problem string
	}{
		"an SVG":      {fstest.MapFS{"t.jpg": {Data: []byte(svg)}}, "want a JPEG or PNG picture"},
		"nothing":     {fstest.MapFS{}, "file does not exist"},
		"a folder":    {fstest.MapFS{"t.jpg/x": {}}, "it is no regular file"},
		"a huge file": {fstest.MapFS{"t.jpg": {Data: make([]byte, 1<<20+1)}}, "it has more than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, err := gallery.HTML(gallery.Input{Made: begin, Files: c.files, Records: []volume.Record{
				record(1, "vision", map[string]any{"photos": []any{map[string]any{"file": "p.jpg", "thumbnail": "t.jpg"}}, "read": 1}),
			}})
			require.NoError(t, err)
			assert.Contains(t, string(page), c.problem)
			assert.Zero(t, outline(t, page)["photos"]["img"])
			requireSelfContained(t, page)
		})
	}
}

func TestAnInterruptedAttemptIsMarkedAndPaidFor(t *testing.T) {
	t.Parallel()
	r := record(10, "numeric", map[string]any{"n": 3})
	lost := job.Attempt{Number: 1, Worker: "worker-2", StartedAt: begin, EndedAt: begin.Add(3 * time.Second), Outcome: job.Interrupted, Cause: "spot notice"}
	r.Attempts = append([]job.Attempt{lost}, r.Attempts...)
	r.Attempts[1].Number = 2
	dead := record(12, "command", nil)
	dead.Outcome, dead.Cause = job.Failed, "exit status 3"
	dead.Attempts[0].Outcome = job.Failed
	page, err := gallery.HTML(gallery.Input{Made: begin, Records: []volume.Record{r, dead}, Machines: []pricing.Machine{{Cloud: "aws", VCPUs: 2, SpotHourlyUSD: .036}}})
	require.NoError(t, err)
	text := string(page)
	assert.Contains(t, text, "2 of them did not finish")
	assert.Equal(t, 2, strings.Count(text, `unfinished"`))
	assert.Contains(t, text, "attempt 1: interrupted in 3.0 s")
	assert.Contains(t, text, "failed after 1 attempt: exit status 3")
	// 3 s + 0.5 s and 0.5 s of a machine of $0.036 an hour.
	assert.Contains(t, text, "40 µ$")
	assert.Contains(t, text, "1 of 2")
}

func TestAPageOfNothingIsAPage(t *testing.T) {
	t.Parallel()
	page, err := gallery.HTML(gallery.Input{Made: begin})
	require.NoError(t, err)
	requireBalanced(t, page)
	got := outline(t, page)
	assert.Contains(t, got, "costs")
	assert.Len(t, got, 1, "nothing else is claimed")
}

func TestResultsThatDoNotFitTheirKindAreNamed(t *testing.T) {
	t.Parallel()
	page, err := gallery.HTML(gallery.Input{Made: begin, Points: "points.csv", Files: fstest.MapFS{"points.csv": {Data: []byte("1,2\n3,4\n")}}, Records: []volume.Record{
		record(1, "kmeans", map[string]any{"points": 2, "features": 2, "clusters": 1 << 30, "output": []string{"labels.npy", "centers.npy"}}),
		record(2, "alerts", map[string]any{}),
		record(3, "vision", "no object"),
	}})
	require.NoError(t, err)
	for _, want := range []string{`the points of job &#34;job-1&#34;`, "result of job &#34;job-2&#34; has no report", "result of job &#34;job-3&#34;"} {
		assert.Contains(t, string(page), want)
	}
}
