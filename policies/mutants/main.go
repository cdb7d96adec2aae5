// Command mutants puts one small fault after the other into the rules and counts
// which the tables find: a fault that none finds is a line that no test holds. From
// the project's root: `go run ./policies/mutants` or `make policy-mutants`.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
)

func main() {
	folder := flag.String("package", "policies/rules", "`folder` of the package whose tests have to find faults")
	each := flag.Int("each", 1, "try only every n-th fault")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *folder, max(*each, 1)); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// outcome of a fault.
type outcome int

const (
	found outcome = iota
	survived
	unbuilt
)

func run(ctx context.Context, folder string, each int) error {
	all, err := list(folder)
	if err != nil {
		return err
	}
	temporary, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	var mu sync.Mutex
	counts, work, failed := map[outcome]int{}, make(chan mutant), []error{}
	var workers sync.WaitGroup
	for i := range 2 {
		workers.Go(func() {
			for m := range work {
				o, err := try(ctx, folder, filepath.Join(temporary, fmt.Sprint(i)), m)
				mu.Lock()
				counts[o]++
				failed = append(failed, err)
				if o == survived && err == nil {
					fmt.Println("survived", m)
				}
				mu.Unlock()
			}
		})
	}
	for i := 0; i < len(all) && ctx.Err() == nil; i += each {
		work <- all[i]
	}
	close(work)
	workers.Wait()
	if err := errors.Join(append(failed, ctx.Err())...); err != nil {
		return err
	}
	tried := counts[found] + counts[survived]
	fmt.Printf("%d of %d faults found: %.1f %%; %d more do not build\n", counts[found], tried, 100*float64(counts[found])/float64(max(tried, 1)), counts[unbuilt])
	return nil
}

// list reads all faults of a package.
func list(folder string) (all []mutant, err error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		found, err := mutants(name, source)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("package %q has nothing to put a fault into: run it from the project's root", folder)
	}
	return all, nil
}

// try runs the package's tests with the fault laid over its file, which stays.
func try(ctx context.Context, folder, place string, m mutant) (outcome, error) {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return survived, err
	}
	file, err := filepath.Abs(m.file)
	if err != nil {
		return survived, err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{file: place + ".go"}})
	err = errors.Join(err, os.WriteFile(place+".go", m.apply(source), 0o600), os.WriteFile(place+".json", overlay, 0o600))
	if err != nil {
		return survived, err
	}
	out, err := exec.CommandContext(ctx, "go", "test", "-overlay", place+".json", "-vet=off", "-failfast", "-timeout=30s", "-run=^Test", "./"+folder).CombinedOutput()
	switch {
	case err == nil:
		return survived, nil
	case strings.Contains(string(out), "[build failed]"):
		return unbuilt, nil
	case strings.Contains(string(out), "FAIL"):
		return found, nil
	}
	return survived, fmt.Errorf("testing %s: %w\n%s", m, err, out)
}
