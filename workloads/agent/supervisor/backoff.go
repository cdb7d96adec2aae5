package supervisor

import "time"

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 30 * time.Second
	// healthyAfter is how long a worker must have run for its end not to count
	// as one more failed start.
	healthyAfter = 10 * time.Second
)

// backoff delays starts, twice as long each time, while workers keep failing.
type backoff struct {
	delay time.Duration
	until time.Time
}

func (b *backoff) grow(now time.Time) {
	b.delay = min(max(2*b.delay, firstBackoff), maxBackoff)
	b.until = now.Add(b.delay)
}
