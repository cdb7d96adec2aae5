package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

const usage = `Usage: parity --packages
       go test -json PACKAGES | parity

Writes docs/parity.md to standard output from the results of the drivers' suites on
standard input. --packages lists the packages that have them. make parity does both.

Exit status: 0; 1 when a suite did not run or failed; 2 for a wrong argument.
`

func main() {
	flags := flag.NewFlagSet("parity", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	list := flags.Bool("packages", false, "list the packages that have suites")
	if err := flags.Parse(os.Args[1:]); errors.Is(err, flag.ErrHelp) {
		return
	} else if err != nil || flags.NArg() > 0 {
		os.Exit(2)
	}
	if *list {
		for _, s := range suites {
			for _, d := range s.drivers {
				fmt.Println("./" + d.pkg)
			}
		}
		return
	}
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "parity:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	r, err := read(in)
	if err != nil {
		return err
	}
	return errors.Join(r.check(), write(out, r))
}
