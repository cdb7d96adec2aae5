package history

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// check reads any text and asserts what must hold whatever it is.
func check(t *testing.T, text string, o Options) {
	n := 0
	source, err := Read(strings.NewReader(text), o, func(a Alert) error {
		n++
		assert.NotEmpty(t, a.Rule)
		assert.LessOrEqual(t, len([]rune(a.Rule)), MaxRuleName)
		assert.Equal(t, clean(a.Rule), a.Rule)
		assert.True(t, a.AtMillis >= firstMillis && a.AtMillis < lastMillis, "%d", a.AtMillis)
		return nil
	})
	if err != nil {
		assert.True(t, IsInput(err), "%v", err)
		assert.NotContains(t, err.Error(), "line -")
		return
	}
	assert.Equal(t, n, source.Alerts)
	if n > 0 { // an empty list is of no format
		assert.NotEmpty(t, source.Format)
	}
}

func FuzzRead(f *testing.F) {
	for _, c := range inputs {
		f.Add(c.text)
	}
	f.Add("[{},{\n}")
	f.Add("{\"data\":[")
	f.Add("{\"incidents\":[]}")
	f.Fuzz(func(t *testing.T, text string) { check(t, text, Options{Name: "f", MaxBytes: 1 << 20}) })
}

// Each service's reader gets whatever there is, not only what looks like its own.
func FuzzEachFormat(f *testing.F) {
	for _, c := range inputs {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range Formats {
			check(t, text, Options{Name: "f", Format: format, MaxBytes: 1 << 20})
		}
		_, err := ReadIncidents(strings.NewReader(text), Options{Name: "f"})
		assert.True(t, err == nil || IsInput(err), "%v", err)
	})
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-01-02T03:04:05Z", "1767326400", "1767326400.123", "1767326400123", "2026-01-02 03:04", "2014-04-09T18:59:06.419+0000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		millis, err := parseTime(s, time.UTC)
		if err != nil {
			return
		}
		back, err := parseTime(time.UnixMilli(millis).UTC().Format("2006-01-02T15:04:05.000Z07:00"), time.UTC)
		assert.NoError(t, err)
		assert.Equal(t, millis, back)
	})
}
