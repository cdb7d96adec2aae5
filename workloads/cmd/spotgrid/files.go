package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/command/filetree"
)

func filesCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use: "files", Short: "List, put, get and remove files on the grid's volume",
		Long: `Jobs read and write files in a folder on the grid's volume: commands by their
inputs, outputs and stdin_file. Paths below it are relative and have slashes;
none leads out of it.`,
		Example: "  spotgrid files put photos\n  spotgrid files ls photos\n  spotgrid files get outputs/nightly-7-12\n  spotgrid files rm --recursive photos",
	}
	cmd.AddCommand(filesListCommand(g), filesPutCommand(g), filesGetCommand(g), filesRemoveCommand(g))
	return cmd
}

// withFiles opens the users' files for use.
func withFiles(cmd *cobra.Command, g *globals, use func(files *os.Root) error) error {
	v, err := g.volume(cmd.Context())
	if err != nil {
		return err
	}
	files, err := v.Files()
	if err != nil {
		return err
	}
	defer files.Close()
	return fileFault(use(files))
}

// fileFault marks what the user can mend.
func fileFault(err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return usageError{fmt.Errorf("%w; --force replaces files", err)}
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, filetree.ErrNotRegular), errors.Is(err, filetree.ErrTooMuch):
		return usageError{err}
	}
	return err
}

// remotePath is a path among the users' files.
func remotePath(given string) (string, error) {
	if err := filetree.CheckPath(given); err != nil {
		return "", usageError{fmt.Errorf("path on the volume: %w", err)}
	}
	return path.Clean(given), nil
}

// fileLine is one entry of a folder.
type fileLine struct {
	Path     string    `json:"path"`
	IsFolder bool      `json:"folder"`
	Bytes    int64     `json:"bytes"`
	Modified time.Time `json:"modified"`
}

func filesListCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "ls [PATH]", Short: "List a folder of files on the volume",
		Long: `List what is in a folder (default: the topmost), or one file. A folder whose name
starts with .incoming- is a copy under way, or what one that was killed left.`,
		Example: "  spotgrid files ls\n  spotgrid files ls outputs --json | jq -r .path",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := remotePath(strings.Join(append(args, "."), "/")) // "." for none
			if err != nil {
				return err
			}
			return withFiles(cmd, g, func(files *os.Root) error {
				lines, err := listFiles(files, name)
				if err != nil {
					return err
				}
				return showFiles(cmd, g, name, lines)
			})
		},
	}
}

func listFiles(files *os.Root, name string) ([]fileLine, error) {
	info, err := files.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []fileLine{lineOf(name, info)}, nil
	}
	entries, err := fs.ReadDir(files.FS(), name)
	if err != nil {
		return nil, err
	}
	lines := make([]fileLine, 0, len(entries))
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, lineOf(path.Join(name, e.Name()), info))
	}
	slices.SortFunc(lines, func(a, b fileLine) int { return strings.Compare(a.Path, b.Path) })
	return lines, nil
}

func lineOf(name string, info fs.FileInfo) fileLine {
	l := fileLine{Path: name, IsFolder: info.IsDir(), Modified: info.ModTime().UTC()}
	if !l.IsFolder {
		l.Bytes = info.Size()
	}
	return l
}

func showFiles(cmd *cobra.Command, g *globals, folder string, lines []fileLine) error {
	out := cmd.OutOrStdout()
	if g.json {
		for _, l := range lines {
			if err := printJSON(out, l); err != nil {
				return err
			}
		}
		return nil
	}
	if len(lines) == 0 {
		fmt.Fprintln(out, "no files; put some there with: spotgrid files put PATH")
		return nil
	}
	t := newTable(out, "NAME", "BYTES", "MODIFIED")
	for _, l := range lines {
		name, size := strconv.Quote(path.Base(l.Path)), strconv.FormatInt(l.Bytes, 10)
		if plain := strings.Trim(name, `"`); plain == path.Base(l.Path) {
			name = plain // others could play tricks on a terminal
		}
		if l.IsFolder {
			name, size = name+"/", ""
		}
		t.row(name, size, l.Modified.Local().Format(time.DateTime))
	}
	return t.flush()
}

func filesRemoveCommand(g *globals) *cobra.Command {
	recursive := false
	cmd := &cobra.Command{
		Use: "rm PATH...", Short: "Remove files, or folders with --recursive",
		Long: `Remove files from the volume. All paths are looked at before the first is
removed; a folder with anything in it takes --recursive.`,
		Example: "  spotgrid files rm photos/blurred.jpg\n  spotgrid files rm --recursive outputs/nightly-7-12",
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withFiles(cmd, g, func(files *os.Root) error { return removeFiles(cmd, g, files, args, recursive) })
		},
	}
	cmd.Flags().BoolVarP(&recursive, "recursive", "r", false, "folders too, with all that is in them")
	return cmd
}

func removeFiles(cmd *cobra.Command, g *globals, files *os.Root, names []string, recursive bool) error {
	var errs []error
	paths := make([]string, len(names))
	for i, given := range names {
		name, err := remotePath(given)
		if err == nil && name == "." {
			err = errors.New("the topmost folder stays, want paths in it")
		}
		if err == nil {
			paths[i], err = name, checkRemovable(files, name, recursive)
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return usageError{err}
	}
	for _, name := range paths {
		if err := files.RemoveAll(name); err != nil {
			return err
		}
		if g.json {
			if err := printJSON(cmd.OutOrStdout(), map[string]string{"removed": name}); err != nil {
				return err
			}
		}
	}
	if !g.json {
		fmt.Fprintf(cmd.OutOrStdout(), "removed %s\n", strings.Join(paths, ", "))
	}
	return nil
}

func checkRemovable(files *os.Root, name string, recursive bool) error {
	info, err := files.Lstat(name)
	if err != nil || !info.IsDir() || recursive {
		return err
	}
	return fmt.Errorf("%q is a folder, want --recursive with it", name)
}
