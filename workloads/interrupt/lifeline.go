package interrupt

import (
	"context"
	"io"
	"time"
)

// Lifeline gives notice when a reader ends. A supervisor that holds the other
// end of a pipe so tells, however it dies, that nobody looks after the worker
// any more.
type Lifeline struct {
	// Reader is read until it fails or ends; what it says is ignored.
	Reader io.Reader
	// Now is the time.
	Now func() time.Time
}

var _ Source = Lifeline{}

// Watch gives one notice whose deadline is the moment the reader ended. The
// goroutine that reads ends with the reader only.
func (l Lifeline) Watch(ctx context.Context) <-chan Notice {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, l.Reader)
	}()
	notices := make(chan Notice)
	go func() {
		defer close(notices)
		select {
		case <-ended:
		case <-ctx.Done():
			return
		}
		select {
		case notices <- Notice{Action: "terminate", Deadline: l.Now(), Source: SourceLifeline}:
			<-ctx.Done()
		case <-ctx.Done():
		}
	}()
	return notices
}
