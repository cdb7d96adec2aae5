package nats

import (
	"errors"
	"fmt"
	"regexp"
)

// Limits of a Spec. They are those of SQS, so that what is declared here also
// fits there.
const (
	MinLeaseSeconds   = 10
	MaxLeaseSeconds   = 12 * 60 * 60
	MaxMaxDeliveries  = 1000
	MinRetentionHours = 1
	MaxRetentionHours = 14 * 24
)

// Spec declares a queue.
type Spec struct {
	// Name is 1..80 letters, digits, hyphens and underscores.
	Name string
	// LeaseSeconds is how long a received message stays hidden:
	// MinLeaseSeconds..MaxLeaseSeconds.
	LeaseSeconds int
	// MaxDeliveries is how often a message is handed out before it is moved to
	// DeadLetter, for jobs that take their worker down with them:
	// 1..MaxMaxDeliveries, or 0 for no limit. A limit needs a DeadLetter.
	MaxDeliveries int
	// RetentionHours is how long a message may stay in the queue:
	// MinRetentionHours..MaxRetentionHours. Older ones are dropped, handed out
	// or not.
	RetentionHours int
	// DeadLetter names another declared queue, or is empty.
	DeadLetter string
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// checkName is nil for a name a queue can have.
func checkName(what, name string) error {
	if namePattern.MatchString(name) {
		return nil
	}
	return fmt.Errorf("%s is %q, want 1..80 letters, digits, hyphens and underscores", what, name)
}

// Check returns every fault of the spec, joined, or nil.
func (s Spec) Check() error {
	errs := []error{checkName("name", s.Name)}
	between := func(what string, n, least, most int) {
		if n < least || n > most {
			errs = append(errs, fmt.Errorf("%s is %d, want %d..%d", what, n, least, most))
		}
	}
	between("lease seconds", s.LeaseSeconds, MinLeaseSeconds, MaxLeaseSeconds)
	between("max deliveries", s.MaxDeliveries, 0, MaxMaxDeliveries)
	between("retention hours", s.RetentionHours, MinRetentionHours, MaxRetentionHours)
	switch {
	case s.DeadLetter == "" && s.MaxDeliveries > 0:
		errs = append(errs, fmt.Errorf("max deliveries is %d but there is no dead-letter queue to move messages to; name one, or use 0 for no limit", s.MaxDeliveries))
	case s.DeadLetter == s.Name && s.Name != "":
		errs = append(errs, fmt.Errorf("dead letter is the queue %q itself, want another queue", s.Name))
	case s.DeadLetter != "":
		errs = append(errs, checkName("dead letter", s.DeadLetter))
	}
	return errors.Join(errs...)
}
