package interrupt_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/interrupt"
)

func TestLifelineGivesNoticeWhenTheOtherEndCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		silent, silentEnd := io.Pipe()
		notices := interrupt.Join(
			interrupt.Lifeline{Reader: reader, Now: time.Now},
			interrupt.Lifeline{Reader: silent, Now: time.Now},
		).Watch(ctx)
		_, err := writer.Write([]byte("ignored"))
		require.NoError(t, err)
		time.Sleep(time.Hour)
		select {
		case n := <-notices:
			t.Fatalf("a notice while the line holds: %v", n)
		default:
		}
		require.NoError(t, writer.Close())
		assert.Equal(t, interrupt.Notice{Action: "terminate", Deadline: time.Now(), Source: "lifeline"}, <-notices)
		cancel()
		_, open := <-notices
		assert.False(t, open, "the channel is closed when the context ends")
		require.NoError(t, silentEnd.Close())
	})
}
