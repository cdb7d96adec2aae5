package interrupt

import (
	"context"
	"sync"
)

// Join makes one source of several.
func Join(sources ...Source) Source { return joined(sources) }

type joined []Source

// Watch passes on the notices of all sources.
func (j joined) Watch(ctx context.Context) <-chan Notice {
	all := make(chan Notice)
	var open sync.WaitGroup
	for _, s := range j {
		notices := s.Watch(ctx)
		open.Go(func() {
			for n := range notices {
				select {
				case all <- n:
				case <-ctx.Done():
				}
			}
		})
	}
	go func() {
		open.Wait()
		<-ctx.Done()
		close(all)
	}()
	return all
}
