package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/command/filetree"
)

// copyLimits are wide: the user sees what is copied and can end it.
var copyLimits = filetree.Limits{Files: 1_000_000, Bytes: math.MaxInt64 / 2}

const copyHelp = `
A folder is copied with all below it; what is neither a file nor a folder is
refused. Nothing gets its name before all is copied, so that a copy that fails
or is interrupted changes nothing. Files that are there are left alone, and none
is copied, unless --force is given.`

func filesPutCommand(g *globals) *cobra.Command {
	force := false
	cmd := &cobra.Command{
		Use: "put LOCAL [PATH]", Short: "Copy a file or folder to the volume",
		Long: `Copy a file or folder of this machine to PATH on the volume (default: its own
name). A PATH that ends in a slash is the folder to put it in.
` + copyHelp,
		Example: "  spotgrid files put photos\n  spotgrid files put photos/cat.jpg inputs/\n  spotgrid files put model.bin models/v7.bin --force",
		Args:    args(cobra.RangeArgs(1, 2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			src, name, err := openLocal(args[0])
			if err != nil {
				return err
			}
			defer src.Close()
			to, err := remotePath(target(append(args, "")[1], name))
			if err != nil {
				return err
			}
			return withFiles(cmd, g, func(files *os.Root) error {
				return copyFiles(cmd, g, transfer{"put", src, files, name, to, args[0], to, force})
			})
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace files that are there")
	return cmd
}

func filesGetCommand(g *globals) *cobra.Command {
	force := false
	cmd := &cobra.Command{
		Use: "get PATH [LOCAL]", Short: "Copy a file or folder from the volume",
		Long: `Copy a file or folder at PATH on the volume to LOCAL on this machine (default: its
own name, here). A LOCAL that ends in a slash, or is ".", is the folder to put it
in, which must be there.
` + copyHelp,
		Example: "  spotgrid files get outputs/nightly-7-12\n  spotgrid files get outputs/nightly-7-12/sum.txt /tmp/\n  spotgrid files get models/v7.bin model.bin --force",
		Args:    args(cobra.RangeArgs(1, 2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			from, err := remotePath(args[0])
			if err != nil {
				return err
			}
			local := target(append(args, "")[1], path.Base(from))
			if path.Base(from) == "." && strings.HasSuffix(local, ".") {
				return usageError{fmt.Errorf("want LOCAL, a name for the folder with all files")}
			}
			dst, err := os.OpenRoot(filepath.Dir(filepath.Clean(local)))
			if err != nil {
				return usageError{err}
			}
			defer dst.Close()
			return withFiles(cmd, g, func(files *os.Root) error {
				return copyFiles(cmd, g, transfer{"got", files, dst, from, filepath.Base(local), from, local, force})
			})
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace files that are there")
	return cmd
}

// target is where something called name goes.
func target(given, name string) string {
	switch {
	case given == "":
		return name
	case given == "." || given == ".." || strings.HasSuffix(given, "/"):
		return filepath.Join(given, name)
	}
	return given
}

// openLocal opens the folder that holds what the user names, and says what it
// is called there.
func openLocal(given string) (*os.Root, string, error) {
	full, err := filepath.Abs(given)
	if err == nil {
		full, err = filepath.EvalSymlinks(full)
	}
	if err != nil {
		return nil, "", usageError{err}
	}
	root, err := os.OpenRoot(filepath.Dir(full))
	if err != nil {
		return nil, "", err
	}
	if full == "/" {
		return root, ".", nil
	}
	return root, filepath.Base(full), nil
}

// transfer is one copy to make: paths for the copy, and as they are shown.
type transfer struct {
	verb            string
	src, dst        *os.Root
	from, to        string
	shown, shownTo  string
	replacesTargets bool
}

func copyFiles(cmd *cobra.Command, g *globals, t transfer) error {
	items, err := filetree.List(t.src, t.from, t.to, copyLimits)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return usageError{fmt.Errorf("%q holds no files", t.shown)}
	}
	o := filetree.Options{Limits: copyLimits, Overwrite: t.replacesTargets, Durable: true, Staging: filetree.StagingPrefix + rand.Text()}
	if !g.json {
		m := newMeter(cmd.ErrOrStderr(), time.Now, items)
		o.Progress = m.update
		defer m.end()
	}
	total, err := filetree.Copy(cmd.Context(), t.src, t.dst, items, o)
	if err != nil {
		return err
	}
	if g.json {
		return printJSON(cmd.OutOrStdout(), map[string]any{"from": t.shown, "to": t.shownTo, "files": total.Files, "bytes": total.Bytes})
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s %s, %s: %s to %s\n", t.verb, count(total.Files, "file"), mebibytes(total.Bytes), t.shown, t.shownTo)
	return nil
}

// meter shows how far a copy is that takes longer than plainEvery: on one line
// of a terminal, or a line at that pace elsewhere.
type meter struct {
	out       io.Writer
	now       func() time.Time
	begun     time.Time
	shown     time.Time
	files     int
	bytes     int64
	onOneLine bool
	isOpen    bool
}

func newMeter(out io.Writer, now func() time.Time, items []filetree.Item) *meter {
	m := &meter{out: out, now: now, begun: now(), files: len(items), onOneLine: terminal(out)}
	m.shown = m.begun
	for _, item := range items {
		m.bytes += item.Bytes
	}
	return m
}

// redrawEvery is the pace of a line on a terminal.
const redrawEvery = 200 * time.Millisecond

func (m *meter) update(files int, bytes int64) {
	now := m.now()
	pace := plainEvery
	if m.onOneLine && m.isOpen {
		pace = redrawEvery
	}
	if now.Sub(m.shown) < pace {
		return
	}
	m.shown, m.isOpen = now, true
	line := fmt.Sprintf("%d of %d files, %s of %s, %s/s", files, m.files, mebibytes(bytes), mebibytes(m.bytes), mebibytes(int64(float64(bytes)/now.Sub(m.begun).Seconds())))
	if m.onOneLine {
		fmt.Fprintf(m.out, "\r\x1b[K%s", line)
	} else {
		fmt.Fprintln(m.out, line)
	}
}

// end leaves the line of a terminal.
func (m *meter) end() {
	if m.onOneLine && m.isOpen {
		fmt.Fprintln(m.out)
	}
}
