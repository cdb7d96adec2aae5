package cloudwatch_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/alerts/cloudwatch"
	"github.com/spotgrid/spotgrid/workloads/alerts/history"
	"github.com/spotgrid/spotgrid/workloads/awsclient"
)

// service answers DescribeAlarmHistory as CloudWatch's documentation says, by
// the protocol that the SDK speaks with it (smithy RPC v2 with CBOR): moto has no
// history of alarms.
type service struct {
	mu     sync.Mutex
	items  []cbor.Map // in order of time
	page   int        // items in an answer
	busy   int        // calls to refuse first
	isShut bool       // no caller may ask
	asked  []cbor.Map
}

const path = "/service/GraniteServiceVersion20100801/operation/DescribeAlarmHistory"

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("smithy-protocol", "rpc-v2-cbor")
	w.Header().Set("Content-Type", "application/cbor")
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost || r.URL.Path != path {
		http.Error(w, "no such operation: "+r.URL.Path, http.StatusNotFound)
		return
	}
	if s.busy > 0 {
		s.busy--
		refuse(w, http.StatusBadRequest, "Throttling", "Rate exceeded")
		return
	}
	if s.isShut {
		refuse(w, http.StatusForbidden, "AccessDenied", "not authorized to perform: cloudwatch:DescribeAlarmHistory")
		return
	}
	v, err := cbor.Decode(body)
	in, ok := v.(cbor.Map)
	if err != nil || !ok {
		http.Error(w, "not CBOR", http.StatusBadRequest)
		return
	}
	s.asked = append(s.asked, in)
	first := 0
	if token, ok := in["NextToken"].(cbor.String); ok {
		first, _ = strconv.Atoi(string(token))
	}
	last := min(first+s.page, len(s.items))
	out := cbor.Map{"AlarmHistoryItems": list(s.items[first:last])}
	if last < len(s.items) {
		out["NextToken"] = cbor.String(strconv.Itoa(last))
	}
	_, _ = w.Write(cbor.Encode(out))
}

// refuse answers with an error, whose code is in a header as for all services
// that once spoke AWS's query protocol.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("x-amzn-query-error", code+";Sender")
	w.WriteHeader(status)
	_, _ = w.Write(cbor.Encode(cbor.Map{"__type": cbor.String("com.amazonaws.cloudwatch#" + code), "message": cbor.String(message)}))
}

func list(items []cbor.Map) cbor.List {
	out := cbor.List{}
	for _, i := range items {
		out = append(out, i)
	}
	return out
}

// item is a change of an alarm's state.
func item(alarm string, at time.Time, from, to string) cbor.Map {
	return cbor.Map{
		"AlarmName": cbor.String(alarm), "AlarmType": cbor.String("MetricAlarm"), "HistoryItemType": cbor.String("StateUpdate"),
		"Timestamp":      &cbor.Tag{ID: 1, Value: cbor.Float64(float64(at.UnixMilli()) / 1000)},
		"HistorySummary": cbor.String(fmt.Sprintf("Alarm updated from %s to %s", from, to)),
		"HistoryData":    cbor.String(fmt.Sprintf(`{"version":"1.0","oldState":{"stateValue":%q},"newState":{"stateValue":%q}}`, from, to)),
	}
}

func serve(t *testing.T, s *service) *cloudwatch.Reader {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_CLOUDWATCH", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	r, err := cloudwatch.New(t.Context(), "eu-central-1")
	require.NoError(t, err)
	return r
}

var from = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

func TestAlarmsThatFiredAreReadPageByPage(t *testing.T) {
	s := &service{page: 3}
	var want []history.Alert
	for i := range 10 {
		at := from.Add(time.Duration(i) * time.Hour)
		s.items = append(s.items, item("disk", at, "OK", "ALARM"), item("disk", at.Add(time.Minute), "ALARM", "OK"))
		want = append(want, history.Alert{AtMillis: at.UnixMilli(), Rule: "disk"})
	}
	r := serve(t, s)
	var got []history.Alert
	source, err := r.Read(t.Context(), from, from.AddDate(0, 0, 7), func(a history.Alert) error { got = append(got, a); return nil })
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Equal(t, history.Source{Name: "cloudwatch", Format: history.CloudWatch, Alerts: 10, Skipped: 10}, source)
	require.Len(t, s.asked, 7)
	first := s.asked[0]
	assert.Equal(t, cbor.String("StateUpdate"), first["HistoryItemType"])
	assert.Equal(t, cbor.String("TimestampAscending"), first["ScanBy"])
	assert.EqualValues(t, 100, first["MaxRecords"])
	assert.Contains(t, first["AlarmTypes"], cbor.String("CompositeAlarm"))
	assert.Contains(t, slices.Collect(maps.Keys(first)), "StartDate")
}

func TestACallThatIsRefusedForTooManyIsTriedAgain(t *testing.T) {
	s := &service{page: 100, busy: 1, items: []cbor.Map{item("disk", from, "OK", "ALARM")}}
	r := serve(t, s)
	n := 0
	_, err := r.Read(t.Context(), from, from.AddDate(0, 0, 7), func(history.Alert) error { n++; return nil })
	require.NoError(t, err)
	assert.Equal(t, 1, n)
}

func TestAnEmptyHistoryIsNoError(t *testing.T) {
	source, err := serve(t, &service{page: 1}).Read(t.Context(), from, from.AddDate(0, 0, 7), nil)
	require.NoError(t, err)
	assert.Zero(t, source.Alerts)
}

func TestAMissingPermissionIsNamed(t *testing.T) {
	_, err := serve(t, &service{isShut: true}).Read(t.Context(), from, from.AddDate(0, 0, 7), nil)
	assert.ErrorContains(t, err, "reading the history of alarms")
	assert.ErrorContains(t, err, "cloudwatch:DescribeAlarmHistory")
	assert.Equal(t, awsclient.NoAccess, awsclient.ClassOf(err))
}

func TestAHistoryThatDoesNotEndIsLeft(t *testing.T) {
	s := &service{page: 1}
	for i := range 2001 {
		s.items = append(s.items, item("disk", from.Add(time.Duration(i)*time.Second), "OK", "ALARM"))
	}
	_, err := serve(t, s).Read(t.Context(), from, from.AddDate(0, 0, 7), func(history.Alert) error { return nil })
	assert.ErrorIs(t, err, cloudwatch.ErrTooMany)
}

func TestAReaderWithoutARegionSaysHowToNameOne(t *testing.T) {
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	_, err := cloudwatch.New(t.Context(), "")
	assert.ErrorContains(t, err, "set AWS_REGION")
}
