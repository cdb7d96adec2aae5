package kmeans

import "sync"

// pool runs the chunks of a loop on goroutines that live as long as the fit,
// so that an iteration allocates nothing.
type pool struct {
	chunks chan int
	body   func(chunk int)
	busy   sync.WaitGroup
}

// newPool starts the goroutines; one thread needs none. maxChunks is the most
// chunks a run will have.
func newPool(threads, maxChunks int) *pool {
	p := &pool{}
	if threads == 1 {
		return p
	}
	p.chunks = make(chan int, maxChunks)
	for range threads {
		go func() {
			for chunk := range p.chunks {
				p.body(chunk)
				p.busy.Done()
			}
		}()
	}
	return p
}

// run calls body for the chunks 0..n-1 and returns when all are done.
func (p *pool) run(n int, body func(chunk int)) {
	if p.chunks == nil {
		for chunk := range n {
			body(chunk)
		}
		return
	}
	p.body = body
	p.busy.Add(n)
	for chunk := range n {
		p.chunks <- chunk
	}
	p.busy.Wait()
}

// close ends the goroutines.
func (p *pool) close() {
	if p.chunks != nil {
		close(p.chunks)
	}
}
