package history

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// readAll reads alerts from text.
func readAll(t *testing.T, text string, o Options) ([]Alert, Source, error) {
	t.Helper()
	var alerts []Alert
	o.Name = "input"
	source, err := Read(strings.NewReader(text), o, func(a Alert) error { alerts = append(alerts, a); return nil })
	return alerts, source, err
}

func at(s string) int64 {
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return v.UnixMilli()
}

// The services' shapes are those of their documentation; see the readers.
var inputs = map[string]struct {
	text   string
	format Format
	alerts []Alert
	skip   int
}{
	"plain CSV": {
		"time,rule,key,acted,acknowledged_at\n2026-01-02T03:04:05Z,disk full,db-1,true,\n2026-01-02 04:00,disk full,,,2026-01-02 04:01\n1767326400,\"cpu, high\",,no,\n",
		CSV, []Alert{{at("2026-01-02T03:04:05Z"), "disk full", "db-1", ActedYes}, {at("2026-01-02T03:00:00Z"), "disk full", "", ActedYes}, {1767326400_000, "cpu, high", "", ActedNo}}, 0,
	},
	"CSV of another separator, with a mark and CRLF": {
		"\ufeffrule;time\r\nx;2026-01-02T03:04:05+02:00\r\n", CSV, []Alert{{at("2026-01-02T01:04:05Z"), "x", "", ActedUnknown}}, 0,
	},
	"JSON lines": {
		"{\"time\":\"2026-01-02T03:04:05.678Z\",\"rule\":\"a\",\"acted\":false}\n\n  {\"time\":1767326400.5,\"rule\":\"b\",\"key\":\"k\",\"acknowledged_at\":1767326401000}",
		JSONL, []Alert{{at("2026-01-02T03:04:05Z") + 678, "a", "", ActedNo}, {1767326400_500, "b", "k", ActedYes}}, 0,
	},
	"a JSON array": {`[{"time":"2026-01-02T03:04:05Z","rule":"a"}]`, JSONL, []Alert{{at("2026-01-02T03:04:05Z"), "a", "", ActedUnknown}}, 0},
	"CloudWatch": {
		`{
    "AlarmHistoryItems": [
        {"Timestamp": "2014-04-09T18:59:06.442Z", "HistoryItemType": "StateUpdate", "AlarmName": "myalarm", "HistoryData": "{\"version\":\"1.0\",\"oldState\":{\"stateValue\":\"ALARM\",\"stateReason\":\"testing purposes\"},\"newState\":{\"stateValue\":\"OK\"}}", "HistorySummary": "Alarm updated from ALARM to OK"},
        {"Timestamp": "2014-04-09T18:59:05.805000+00:00", "HistoryItemType": "StateUpdate", "AlarmName": "myalarm", "HistoryData": "{\"version\":\"1.0\",\"oldState\":{\"stateValue\":\"OK\"},\"newState\":{\"stateValue\":\"ALARM\",\"stateReason\":\"testing purposes\"}}", "HistorySummary": "Alarm updated from OK to ALARM"},
        {"Timestamp": "2014-04-09T18:00:00Z", "HistoryItemType": "ConfigurationUpdate", "AlarmName": "myalarm", "HistorySummary": "Alarm \"myalarm\" created"},
        {"Timestamp": "2014-04-09T18:00:01Z", "HistoryItemType": "StateUpdate", "AlarmName": "other", "HistorySummary": "Alarm updated from INSUFFICIENT_DATA to ALARM"}
    ],
    "NextToken": null
}`, CloudWatch, []Alert{{at("2014-04-09T18:59:05Z") + 805, "myalarm", "", ActedUnknown}, {at("2014-04-09T18:00:01Z"), "other", "", ActedUnknown}}, 2,
	},
	"PagerDuty's export": {
		"id,incident_number,description,service_id,service_name,escalation_policy_id,escalation_policy_name,created_on,resolved_on,seconds_to_first_ack,seconds_to_resolve,auto_resolved,escalation_count,auto_escalation_count,acknowledge_count,assignment_count,acknowledged_by_user_ids,acknowledged_by_user_names,assigned_to_user_ids,assigned_to_user_names,resolved_by_user_id,resolved_by_user_name,urgency\n" +
			"Q1,96830,\"host-10-1/chef: 0 processes\nagain\",P1,SRE,PE,SRE policy,2023-02-26T00:10:04+00:00,2023-02-26T00:34:06+00:00,,1442,0,0,0,0,1,,,PW,Josh,,,low\n" +
			"Q2,96831,host-10-2/chef: 3 processes,P1,SRE,PE,SRE policy,2023-02-26T01:10:04+00:00,,60,1442,0,0,0,1,1,PW,Josh,PW,Josh,PW,Josh,low\n",
		PagerDuty, []Alert{
			{at("2023-02-26T00:10:04Z"), "SRE: host-#-#/chef: # processes again", "P1host-10-1/chef: 0 processes\nagain", ActedNo},
			{at("2023-02-26T01:10:04Z"), "SRE: host-#-#/chef: # processes", "P1host-10-2/chef: 3 processes", ActedYes},
		}, 0,
	},
	"PagerDuty's incidents": {
		`{"incidents":[{"id":"PT4KHLK","type":"incident","summary":"[#1234] The server is on fire.","incident_number":1234,"title":"The server is on fire.","created_at":"2015-10-06T21:30:42Z","status":"resolved","incident_key":"baf7cf","service":{"id":"PIJ90N7","type":"service_reference","summary":"My Mail Service"},"acknowledgements":[],"last_status_change_by":{"id":"PXPGF42","type":"user_reference"}},
{"incident_number":1235,"title":"The server is on fire.","created_at":"2015-10-07T21:30:42Z","service":{"summary":"My Mail Service"},"last_status_change_by":{"type":"service_reference"}}],"limit":25,"more":false}`,
		PagerDuty, []Alert{
			{at("2015-10-06T21:30:42Z"), "My Mail Service: The server is on fire.", "baf7cf", ActedYes},
			{at("2015-10-07T21:30:42Z"), "My Mail Service: The server is on fire.", "My Mail ServiceThe server is on fire.", ActedUnknown},
		}, 0,
	},
	"PagerDuty's analytics": {
		`{"first":"x","limit":100,"data":[{"id":"Q1","incident_number":7,"description":"CPU 93%","service_name":"web","created_at":"2026-01-02T03:04:05Z","seconds_to_first_ack":null,"auto_resolved":true},{"id":"Q2","incident_number":8,"description":"CPU 94%","service_name":"web","created_at":"2026-01-03T03:04:05Z","seconds_to_first_ack":30}]}`,
		PagerDuty, []Alert{
			{at("2026-01-02T03:04:05Z"), "web: CPU #%", "webCPU 93%", ActedNo}, {at("2026-01-03T03:04:05Z"), "web: CPU #%", "webCPU 94%", ActedYes},
		}, 0,
	},
	"Opsgenie's export": {
		"Alert ID,Alias,TinyID,Message,Status,IsSeen,Acknowledged,Snoozed,CreatedAt,CreatedAtDate,UpdatedAt,UpdatedAtDate,Count,Owner,Teams\naid1,my-alias,7,disk 91% full,closed,true,true,false,1767326400000,x,1767326400000,x,1,,Ops\naid2,my-alias,8,disk 92% full,closed,true,false,false,1767326500000,x,1767326500000,x,3,,Ops\n",
		Opsgenie, []Alert{{1767326400_000, "disk #% full", "my-alias", ActedYes}, {1767326500_000, "disk #% full", "my-alias", ActedNo}}, 0,
	},
	"Opsgenie's alerts": {
		`{"data":[{"seen":false,"id":"e2","tinyId":"905","alias":"db","message":"job is failing","status":"open","acknowledged":false,"createdAt":"2019-03-19T15:32:32.726Z","owner":"","report":{"ackTime":15702,"acknowledgedBy":"ann@example.com"}},{"tinyId":"906","alias":"db","message":"job is failing","acknowledged":false,"createdAt":"2019-03-19T16:32:32Z"}],"paging":{"next":"u"},"took":0.1}`,
		Opsgenie, []Alert{{at("2019-03-19T15:32:32Z") + 726, "job is failing", "db", ActedYes}, {at("2019-03-19T16:32:32Z"), "job is failing", "db", ActedNo}}, 0,
	},
}

func TestEveryFormatIsFoundAndRead(t *testing.T) {
	t.Parallel()
	cet := time.FixedZone("", 3600)
	for name, c := range inputs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, format := range []Format{Auto, c.format} {
				got, source, err := readAll(t, c.text, Options{Zone: cet, Format: format})
				require.NoError(t, err)
				assert.Equal(t, c.alerts, got)
				assert.Equal(t, Source{Name: "input", Format: c.format, Alerts: len(c.alerts), Skipped: c.skip}, source)
			}
			var packed bytes.Buffer
			z := gzip.NewWriter(&packed)
			_, _ = io.WriteString(z, c.text)
			require.NoError(t, z.Close())
			got, _, err := readAll(t, packed.String(), Options{Zone: cet})
			require.NoError(t, err)
			assert.Equal(t, c.alerts, got, "packed")
		})
	}
}

func TestFaultsAreAllToldWithTheirPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		o    Options
		want []string
	}{
		"rows":              {"time,rule\nyesterday,a\n2026-01-02T03:04:05Z,\n2026-01-02T03:04:05Z\n1850-01-01T00:00:00Z,b\n", Options{}, []string{"4 faults:", `line 2, column 1: time is "yesterday", want 2006-01-02T15:04:05Z`, "line 3, column 22: rule is empty", "line 4: row has 1 fields, want 2", "line 5, column 1: time is \"1850-01-01T00:00:00Z\", want a year from 1990 to 2099"}},
		"columns":           {"when,rule,rule\n", Options{}, []string{`column "rule" stands twice`, `column 1: column "when" is not known, want time, rule, key, acted, acknowledged_at, or an export of`, `column "time" is missing`}},
		"acted":             {"time,rule,acted\n2026-01-02T03:04:05Z,a,maybe\n", Options{}, []string{`line 2, column 24: acted is "maybe", want true, false or nothing`}},
		"a quote":           {"time,rule\n2026-01-02T03:04:05Z,\"a\n", Options{}, []string{"line 2", "extraneous or missing"}},
		"PagerDuty columns": {"incident_number,created_on\n", Options{}, []string{`column "description" is missing`}},
		"Opsgenie's yes":    {"TinyID,CreatedAt,Message,Acknowledged\n1,1767326400000,m,ja\n", Options{}, []string{`line 2, column 19: acknowledged is "ja"`}},
		"lines":             {"{\"time\":\"2026-01-02T03:04:05Z\",\"rule\":\"a\"}\n{\"time\":\"x\"}\n{\"time\":1,\"rule\":2}\n  {\"when\":1}\n{\n", Options{}, []string{"4 faults:", `line 2, column 1: time is "x"`, "; rule is empty", "line 3, column 18: json: cannot unmarshal number", `line 4, column 3: json: unknown field "when", want time, rule, key, acted, acknowledged_at, or what CloudWatch`, "line 5"}},
		"a document":        {"{\n \"AlarmHistoryItems\": [\n  {\"AlarmName\":\"\",\"HistoryItemType\":\"StateUpdate\",\"HistorySummary\":\"OK to ALARM\"},\n  {\"AlarmName\":\n7}, x\n", Options{}, []string{"line 3, column 3: AlarmName is empty; timestamp is empty", "line 5, column 1: json: cannot unmarshal number", "line 5, column 4: invalid character 'x'"}},
		"no array":          {"{\n\"items\": [1]\n}", Options{}, []string{"object holds no array of records"}},
		"a bare value":      {"[1]", Options{}, []string{"line 1, column 2: json: cannot unmarshal number"}},
		"not an array":      {"{\n\"data\": 7}", Options{}, []string{`line 2, column 10: "data" is not an array`}},
		"nothing":           {" \n", Options{}, []string{"it is empty"}},
		"no text":           {"a\x00b", Options{}, []string{"not text in UTF-8"}},
		"too much":          {"time,rule\n2026-01-02T03:04:05Z,a\n", Options{MaxBytes: 12}, []string{"it is larger than 12 bytes"}},
		"broken gzip":       {"\x1f\x8bxxxxxxxxxxxx", Options{}, []string{"gzip"}},
		"a table as JSON":   {"time,rule\n", Options{Format: CloudWatch}, []string{"it is a table, which format cloudwatch is not"}},
		"JSON as a table":   {`{"time":1}`, Options{Format: CSV}, []string{"it is JSON, which format csv is not"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := readAll(t, c.text, c.o)
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
			assert.True(t, IsInput(err), "%v", err)
		})
	}
	_, _, err := readAll(t, "x", Options{Format: "xml"})
	assert.EqualError(t, err, `format is "xml", want auto, csv, jsonl, cloudwatch, pagerduty, opsgenie`)
}

func TestManyFaultsAreCountedAndFewShown(t *testing.T) {
	t.Parallel()
	_, _, err := readAll(t, "time,rule\n"+strings.Repeat("x,y\n", 5000), Options{})
	assert.ErrorContains(t, err, "1000 faults:")
	assert.ErrorContains(t, err, "and 980 more")
	assert.Less(t, len(err.Error()), 10_000)
}

func TestAReaderThatFailsIsNoFaultOfTheInput(t *testing.T) {
	t.Parallel()
	broken := errors.New("the share is gone")
	for _, head := range []string{"", "time,rule\n", "{\"AlarmHistoryItems\":[", "{\"time\":1,\"rule\":\"a\"}\n"} {
		_, err := Read(io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken)), Options{Name: "n"}, func(Alert) error { return nil })
		assert.ErrorIs(t, err, broken, "after %q", head)
		assert.False(t, IsInput(err))
	}
}

func TestIncidentsAreReadInOrder(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a table":   "time,title,id\n2026-01-03T00:00:00Z,second,2\n2026-01-02T00:00:00Z,first,1\n",
		"lines":     "{\"time\":\"2026-01-03T00:00:00Z\",\"title\":\"second\",\"id\":2}\n{\"time\":\"2026-01-02T00:00:00Z\",\"title\":\"first\",\"severity\":\"1\"}\n",
		"an export": `{"incidents":[{"incident_number":2,"title":"second","created_at":"2026-01-03T00:00:00Z"},{"incident_number":1,"title":"first","created_at":"2026-01-02T00:00:00Z"}]}`,
	} {
		got, err := ReadIncidents(strings.NewReader(text), Options{Name: "i"})
		require.NoError(t, err, name)
		assert.Equal(t, []Incident{{at("2026-01-02T00:00:00Z"), "first"}, {at("2026-01-03T00:00:00Z"), "second"}}, got, name)
	}
	_, err := ReadIncidents(strings.NewReader("time,rule\nx,y\n"), Options{Name: "i"})
	assert.ErrorContains(t, err, "want time, id, title, severity")
}

func TestAHistoryKeepsFiringsByRuleInOrder(t *testing.T) {
	t.Parallel()
	var h History
	for _, a := range []Alert{{3, "b", "x", ActedYes}, {1, "b", "x", ActedNo}, {2, "a", "", ActedUnknown}} {
		require.NoError(t, h.Add(a))
	}
	rules := h.Rules()
	assert.Equal(t, 3, h.Len())
	assert.Equal(t, []Rule{{"a", []Firing{{2, 0, ActedUnknown}}}, {"b", []Firing{{1, hash("x"), ActedNo}, {3, hash("x"), ActedYes}}}}, rules)
	for i := range MaxRules - 2 {
		require.NoError(t, h.Add(Alert{Rule: fmt.Sprint("rule ", i)}))
	}
	assert.ErrorContains(t, h.Add(Alert{Rule: "one more"}), "more than 10000 rules")
	h.total = MaxAlerts
	assert.ErrorContains(t, h.Add(Alert{Rule: "a"}), "more than 5000000 alerts")
}

func TestNamesCannotHurtATerminal(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" a\x1b[31mb\n": "a [31mb", "\xff": "�", "naïve": "naïve", strings.Repeat("ä", 300): strings.Repeat("ä", 199) + "…", "a\u202eb": "a b", "\t": "",
	} {
		assert.Equal(t, want, clean(in))
	}
}

// endless makes a million rows without holding them.
type endless struct {
	row  func(i int) string
	i, n int
	left []byte
}

func (e *endless) Read(b []byte) (int, error) {
	if len(e.left) == 0 {
		if e.i == e.n {
			return 0, io.EOF
		}
		e.left = []byte(e.row(e.i))
		e.i++
	}
	n := copy(b, e.left)
	e.left = e.left[n:]
	return n, nil
}

func TestAMillionRowsTakeBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds; left out by -short")
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	stamp := func(i int) string { return start.Add(time.Duration(i) * 7 * time.Second).Format(time.RFC3339) }
	for name, row := range map[string]func(int) string{
		"CSV": func(i int) string {
			if i == 0 {
				return "time,rule,key\n"
			}
			return fmt.Sprintf("%s,rule %d,host-%d\n", stamp(i), i%500, i%7)
		},
		"JSON lines": func(i int) string {
			return fmt.Sprintf("{\"time\":\"%s\",\"rule\":\"rule %d\",\"key\":\"host-%d\"}\n", stamp(i), i%500, i%7)
		},
	} {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var h History
		begun := time.Now()
		_, err := Read(&endless{row: row, n: 1_000_000}, Options{Name: name}, h.Add)
		require.NoError(t, err)
		took := time.Since(begun)
		runtime.GC()
		runtime.ReadMemStats(&after)
		kept := int64(after.HeapAlloc) - int64(before.HeapAlloc)
		assert.Less(t, kept, int64(64<<20), name)
		assert.GreaterOrEqual(t, h.Len(), 999_999)
		t.Logf("%s: a million rows in %v, %d MiB kept", name, took.Round(10*time.Millisecond), kept>>20)
		runtime.KeepAlive(&h)
	}
}

func TestARecordThatNeverEndsIsRefused(t *testing.T) {
	t.Parallel()
	for name, head := range map[string]string{"a quote": "time,rule\n1,\"", "a line": "{\"time\":\"", "a value": "{\n\"AlarmHistoryItems\":[{\"AlarmName\":\""} {
		in := io.MultiReader(strings.NewReader(head), &endless{row: func(int) string { return strings.Repeat("a", 4096) }, n: 1 << 20})
		_, err := Read(in, Options{Name: "n"}, func(Alert) error { return nil })
		assert.ErrorContains(t, err, "larger than 1048576 bytes", name)
		assert.True(t, IsInput(err))
	}
}
