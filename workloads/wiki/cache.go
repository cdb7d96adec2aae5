package wiki

import (
	"container/list"
	"sync"
	"time"
)

const (
	// maxCached is how many answers an instance keeps: less than 1 MiB with the
	// usual sentences, 64 MiB if each were as large as a summary may be.
	maxCached = 1000
	// answerAge and absenceAge are how long they are good: articles seldom
	// change their first sentence, and new ones are wanted soon.
	answerAge  = time.Hour
	absenceAge = 5 * time.Minute
)

// outcome is what is kept of a lookup: an answer, or that there is none.
type outcome struct {
	answer Answer
	absent *NotFoundError
}

// cache keeps the outcomes that were used last. It is safe for concurrent use.
type cache struct {
	now func() time.Time

	mu      sync.Mutex
	entries map[Request]*list.Element
	order   *list.List // of entry, the one used last first
}

type entry struct {
	key   Request
	value outcome
	until time.Time
}

func newCache(now func() time.Time) *cache {
	return &cache{now: now, entries: map[Request]*list.Element{}, order: list.New()}
}

// get finds what is kept and still good. The key is normalized.
func (c *cache) get(key Request) (outcome, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.entries[key]
	if !ok {
		return outcome{}, false
	}
	e := element.Value.(entry)
	if !c.now().Before(e.until) {
		c.order.Remove(element)
		delete(c.entries, key)
		return outcome{}, false
	}
	c.order.MoveToFront(element)
	return e.value, true
}

// put keeps an outcome, in place of the one that was not used for longest if
// there are too many.
func (c *cache) put(key Request, value outcome) {
	age := answerAge
	if value.absent != nil {
		age = absenceAge
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.entries[key]; ok {
		c.order.Remove(old)
	}
	c.entries[key] = c.order.PushFront(entry{key: key, value: value, until: c.now().Add(age)})
	if len(c.entries) > maxCached {
		last := c.order.Remove(c.order.Back()).(entry)
		delete(c.entries, last.key)
	}
}
