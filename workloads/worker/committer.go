package worker

import (
	"runtime"
	"sync"

	"github.com/spotgrid/spotgrid/workloads/volume"
)

// committer commits results in groups, since syncing many takes a disk no
// longer than syncing one. It waits for nothing: while a group is on its way to
// the disk the next one gathers, and a result that comes alone goes alone.
type committer struct {
	volume *volume.Volume

	mu      sync.Mutex
	waiting []*pending
	// led: a goroutine commits what is waiting.
	led bool
}

// pending is a result that waits to be committed.
type pending struct {
	record volume.Record
	commit volume.Commit
	done   chan struct{}
}

// commit returns when the result is durable, or could not be made so.
func (c *committer) commit(r volume.Record) volume.Commit {
	p := &pending{record: r, done: make(chan struct{})}
	c.mu.Lock()
	c.waiting = append(c.waiting, p)
	leads := !c.led
	c.led = true
	c.mu.Unlock()
	if leads {
		go c.lead()
	}
	<-p.done
	return p.commit
}

// lead commits group after group while results are waiting.
func (c *committer) lead() {
	for {
		runtime.Gosched() // let those that are about to end join the group
		group := c.next()
		if len(group) == 0 {
			return
		}
		records := make([]volume.Record, len(group))
		for i, p := range group {
			records[i] = p.record
		}
		for i, commit := range c.volume.CommitResults(records) {
			group[i].commit = commit
			close(group[i].done)
		}
	}
}

// next takes a group. With none left the caller leads no more.
func (c *committer) next() []*pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.waiting), volume.MaxGroup)
	if n == 0 {
		c.led, c.waiting = false, nil
		return nil
	}
	group := c.waiting[:n:n]
	c.waiting = c.waiting[n:]
	return group
}
