package kmeans

import (
	"context"
	"sync"
)

// pool runs the blocks of loops on goroutines that live as long as the fit, so
// that an iteration allocates nothing.
type pool struct {
	turns chan turn
	busy  sync.WaitGroup
}

// turn is one block of a running loop.
type turn struct {
	ctx   context.Context
	body  func(block int)
	block int
}

// newPool starts the goroutines; one thread needs none.
func newPool(threads int) *pool {
	p := &pool{}
	if threads == 1 {
		return p
	}
	p.turns = make(chan turn, maxBlocks)
	for range min(threads, maxBlocks) {
		go func() {
			for t := range p.turns {
				if t.ctx.Err() == nil {
					t.body(t.block)
				}
				p.busy.Done()
			}
		}()
	}
	return p
}

// run calls body for the blocks 0..n-1 and returns when all are done. If ctx
// ends before, some blocks are left out and the error is its cause.
func (p *pool) run(ctx context.Context, n int, body func(block int)) error {
	if p.turns == nil {
		for block := 0; block < n && ctx.Err() == nil; block++ {
			body(block)
		}
		return context.Cause(ctx)
	}
	p.busy.Add(n)
	for block := range n {
		p.turns <- turn{ctx, body, block}
	}
	p.busy.Wait()
	return context.Cause(ctx)
}

// close ends the goroutines.
func (p *pool) close() {
	if p.turns != nil {
		close(p.turns)
	}
}
