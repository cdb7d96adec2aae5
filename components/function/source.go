package function

import (
	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/queue"
)

// Source is a queue whose messages a function is called with. A message whose
// call fails comes back after its lease, until the queue gives it up.
type Source struct {
	Queue queue.Binding
	// LeaseSeconds is that of the queue: a message must stay hidden for as
	// long as calls with it may take and wait.
	LeaseSeconds int
	// BatchSize is the most messages in one call.
	BatchSize int
	// Concurrency is the most calls that the queue makes at a time: 2 or more,
	// and not above that of the function, whose refusals would count as
	// deliveries.
	Concurrency int
	// MaxDeliveries and RetentionHours are those of the queue, for targets where
	// what calls the function delivers by itself.
	MaxDeliveries, RetentionHours int
}

// minSourceConcurrency is Lambda's own lower bound of MaximumConcurrency.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
const minSourceConcurrency = 2

func (a Args) checkSource(f *limits.Faults, c Caps) {
	s := a.Source
	if s == nil {
		return
	}
	if !c.Sources {
		f.Addf("source is given, but no queue calls a function here: send jobs to the grid's queue, which workers take")
		return
	}
	f.Between("source.batchSize", s.BatchSize, 1, c.MaxBatchSize)
	if a.Concurrency < minSourceConcurrency {
		f.Addf("concurrency is %d, want %d or more for a function with a source, which makes that many calls at a time", a.Concurrency, minSourceConcurrency)
	}
	f.Between("source.concurrency", s.Concurrency, minSourceConcurrency, max(minSourceConcurrency, a.Concurrency))
	if least := c.LeaseTimeouts * a.TimeoutSeconds; s.LeaseSeconds < least {
		f.Addf("source.leaseSeconds is %d, want %d or more: %d times timeoutSeconds, for calls that wait and are tried again", s.LeaseSeconds, least, c.LeaseTimeouts)
	}
	if s.Queue.ID.OutputState == nil {
		f.Addf("source.queue is not given, want the queue whose messages the function is called with")
	}
}
