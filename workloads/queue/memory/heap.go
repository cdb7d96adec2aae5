package memory

import (
	"container/heap"
	"time"
)

// removed is the index of a message that is in no heap.
const removed = -1

// message is one stored message.
type message struct {
	sequence  uint64
	body      []byte
	number    int
	leased    bool
	visibleAt time.Time
	index     int
}

// messageHeap orders messages by when they become visible, then by age.
type messageHeap []*message

// visible is the first message that can be received now, or nil.
func (h messageHeap) visible(now time.Time) *message {
	if len(h) == 0 || h[0].visibleAt.After(now) {
		return nil
	}
	return h[0]
}

func (h *messageHeap) add(m *message)    { heap.Push(h, m) }
func (h *messageHeap) remove(m *message) { heap.Remove(h, m.index) }

func (h *messageHeap) move(m *message, at time.Time) {
	m.visibleAt = at
	heap.Fix(h, m.index)
}

// Len, Less, Swap, Push and Pop are for container/heap.

func (h messageHeap) Len() int { return len(h) }

func (h messageHeap) Less(i, j int) bool {
	if !h[i].visibleAt.Equal(h[j].visibleAt) {
		return h[i].visibleAt.Before(h[j].visibleAt)
	}
	return h[i].sequence < h[j].sequence
}

func (h messageHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *messageHeap) Push(x any) {
	m := x.(*message)
	m.index = len(*h)
	*h = append(*h, m)
}

func (h *messageHeap) Pop() any {
	old := *h
	m := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	m.index = removed
	return m
}
