package kmeans

import (
	"slices"
	"sync"
	"time"
)

// DefaultCacheBytes is what a worker keeps of the chunks it worked on where
// KindOptions say nothing: 256 MiB.
const DefaultCacheBytes = 256 << 20

// chunkKey names a chunk as it was read. A file that was replaced is another.
type chunkKey struct {
	file      string
	size      int64
	modified  time.Time
	clusters  int
	algorithm Algorithm
}

// chunkMemory keeps chunks from one iteration to the next, with the bounds of
// their points, least recently used first to go. What is in use is not in it,
// so that no two jobs have one chunk at a time.
type chunkMemory struct {
	maxBytes int64
	mu       sync.Mutex
	kept     []keptChunk // the last one was used last
	bytes    int64
}

type keptChunk struct {
	key  chunkKey
	part *part
}

// take takes a chunk out; nil if it is not there.
func (m *chunkMemory) take(key chunkKey) *part {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.IndexFunc(m.kept, func(k keptChunk) bool { return k.key == key })
	if at < 0 {
		return nil
	}
	p := m.kept[at].part
	m.remove(at)
	return p
}

func (m *chunkMemory) remove(at int) {
	m.bytes -= m.kept[at].part.bytes()
	m.kept = slices.Delete(m.kept, at, at+1)
}

// put keeps a chunk and lets others go for it.
func (m *chunkMemory) put(key chunkKey, p *part) {
	size := p.bytes()
	if size > m.maxBytes {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for at := range m.kept {
		if m.kept[at].key == key { // another job had it too
			m.remove(at)
			break
		}
	}
	for m.bytes+size > m.maxBytes {
		m.remove(0)
	}
	m.kept = append(m.kept, keptChunk{key, p})
	m.bytes += size
}

// bytes is about how much memory the part takes.
func (p *part) bytes() int64 {
	values := len(p.data.Values) + len(p.total.sums)*(len(p.blocks)+1) + len(p.panels.values)
	if b := p.bounds; b != nil {
		values += len(b.upper) + len(b.lower) + len(b.last) + 2*len(b.drift)
	}
	return int64(8*values + 4*len(p.labels))
}
