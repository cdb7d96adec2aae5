package invoke_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/workloads/invoke"
)

// driver answers as told.
type driver struct {
	answer invoke.Answer
	err    error
}

func (d driver) Invoke(context.Context, string, []byte) (invoke.Answer, error) {
	return d.answer, d.err
}
func (d driver) Kind(error) invoke.Kind { return invoke.KindThrottled }
func (d driver) Caps() invoke.Caps      { return invoke.Caps{MaxPayloadBytes: 10} }

func call(d driver) error {
	_, err := invoke.New(d, map[string]string{"quote": "id"}).Invoke(context.Background(), "quote", []byte("{}"), time.Minute)
	return err
}

func TestAFunctionsErrorIsReadAsFarAsItCanBe(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"errorType":"errorString","errorMessage":"jobs is 0"}`: `function "quote" failed: jobs is 0 (errorString)`,
		`{"errorMessage":"Task timed out after 3.00 seconds"}`:   `function "quote" failed: Task timed out after 3.00 seconds`,
		`{"other":1}`:             `function "quote" failed: {"other":1}`,
		`not JSON`:                `function "quote" failed: not JSON`,
		strings.Repeat("x", 5000): `function "quote" failed: ` + strings.Repeat("x", 1000),
	} {
		err := call(driver{answer: invoke.Answer{Body: []byte(body), Failed: true, LogTail: "the log"}})
		assert.EqualError(t, err, want)
		var f *invoke.FunctionError
		if assert.ErrorAs(t, err, &f) {
			assert.Equal(t, "the log", f.LogTail)
		}
	}
}

func TestADriversErrorKeepsItsKindAndCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("too many")
	err := call(driver{err: cause})
	assert.EqualError(t, err, `calling function "quote": too many`)
	assert.ErrorIs(t, err, cause)
	assert.Equal(t, invoke.KindThrottled, invoke.KindOf(err))
	assert.Equal(t, "throttled", invoke.KindOf(err).String())
	assert.Equal(t, invoke.KindUnknown, invoke.KindOf(cause))
}

func TestAGridWithoutFunctionsSaysSo(t *testing.T) {
	t.Parallel()
	i := invoke.New(driver{}, nil)
	assert.Empty(t, i.Names())
	_, err := i.Invoke(context.Background(), "quote", []byte("{}"), 0)
	assert.ErrorContains(t, err, `there is no function "quote", want none: the grid has no function`)
}
