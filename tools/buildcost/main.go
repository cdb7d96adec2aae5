// Command buildcost measures what compiling costs from an empty cache: the stack
// program, which imports the SDKs of both clouds, beside the packages that import
// one or none of them. What one import costs is the difference.
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
	"runtime"
	"syscall"
	"time"
)

const usage = `Usage: go run ./buildcost [--json] [PACKAGE...]

Builds each package from an empty build cache and prints the time it took and the
memory of the largest compiler. Without packages: the grid on one machine, on AWS,
on Google Cloud, and the whole stack program. Each takes a minute or more.

Exit status: 0; 1 when a build fails; 2 for a wrong argument; 130 for Ctrl-C.
`

// packages of the comparison, from the root of the project.
var packages = []string{"./components/grid/localgrid", "./components/grid/awsgrid", "./components/grid/gcpgrid", "./stacks"}

// cost of one build.
type cost struct {
	Package string `json:"package"`
	// Seconds from the start to the end, LargestMiB of the largest process.
	Seconds    float64 `json:"seconds"`
	LargestMiB int64   `json:"largest_mib"`
}

func main() {
	flags := flag.NewFlagSet("buildcost", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	asJSON := flags.Bool("json", false, "one JSON object a line")
	if err := flags.Parse(os.Args[1:]); errors.Is(err, flag.ErrHelp) {
		return
	} else if err != nil {
		os.Exit(2)
	}
	if flags.NArg() > 0 {
		packages = flags.Args()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *asJSON); err != nil {
		fmt.Fprintln(os.Stderr, "buildcost:", err)
		if ctx.Err() != nil {
			os.Exit(130)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, asJSON bool) error {
	for _, p := range packages {
		fmt.Fprintf(os.Stderr, "building %s from an empty cache on %d cores\n", p, runtime.NumCPU())
		c, err := build(ctx, p)
		if err != nil {
			return fmt.Errorf("building %s: %w", p, err)
		}
		if asJSON {
			if err := json.NewEncoder(os.Stdout).Encode(c); err != nil {
				return err
			}
			continue
		}
		fmt.Printf("%-30s %5.0f s   largest compiler %5d MiB\n", c.Package, c.Seconds, c.LargestMiB)
	}
	return nil
}

// build compiles a package with a cache of its own, which is deleted.
func build(ctx context.Context, pkg string) (cost, error) {
	dir, err := os.MkdirTemp("", "buildcost-")
	if err != nil {
		return cost{}, err
	}
	defer os.RemoveAll(dir)
	// As spotgrid builds it: without what a debugger would want.
	cmd := exec.CommandContext(ctx, "go", "build", "-gcflags=all=-dwarf=false", "-o", filepath.Join(dir, "out"), pkg)
	cmd.Dir, cmd.Stderr, cmd.Stdout = "..", os.Stderr, os.Stderr
	cmd.Env = append(os.Environ(), "GOCACHE="+filepath.Join(dir, "cache"))
	begun := time.Now()
	if err := cmd.Run(); err != nil {
		return cost{}, err
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return cost{}, errors.New("this system does not tell what processes used")
	}
	// Of go and of what it has waited for, in KiB (getrusage(2)).
	return cost{pkg, time.Since(begun).Seconds(), usage.Maxrss / 1024}, nil
}
