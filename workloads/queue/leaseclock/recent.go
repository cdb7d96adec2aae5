package leaseclock

import "sync"

// RecentMost is how many messages a driver remembers that it removed: enough
// for those whose leases may still run out under it.
const RecentMost = 4096

// Recent are the IDs of the messages removed last. A message that was received
// twice has one ID and two receipts.
type Recent struct {
	mu   sync.Mutex
	ids  map[string]struct{}
	ring []string
	next int
}

func (r *Recent) Has(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.ids[id]
	return ok
}

func (r *Recent) Add(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids == nil {
		r.ids = map[string]struct{}{}
	}
	if _, ok := r.ids[id]; ok {
		return
	}
	if len(r.ring) < RecentMost {
		r.ring = append(r.ring, id)
	} else {
		delete(r.ids, r.ring[r.next])
		r.ring[r.next] = id
		r.next = (r.next + 1) % RecentMost
	}
	r.ids[id] = struct{}{}
}
