package command

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/spotgrid/spotgrid/workloads/command/filetree"
)

func (o Options) fileLimits() filetree.Limits {
	return filetree.Limits{Files: o.MaxFiles, Bytes: o.MaxFileBytes}
}

// classifyCopy marks what no retry mends. A file that is missing is not among
// it: on a network share it may take a while to be seen, or another job is
// about to make it.
func classifyCopy(err error) error {
	if errors.Is(err, filetree.ErrNotRegular) || errors.Is(err, filetree.ErrTooMuch) {
		return &UnrunnableError{err}
	}
	return err
}

// copyIn copies the inputs into the working directory.
func copyIn(ctx context.Context, dir workDir, spec Spec, o Options, result *Result) error {
	if len(spec.Inputs) == 0 {
		return nil
	}
	root, err := os.OpenRoot(dir.path)
	if err != nil {
		return fmt.Errorf("opening the working directory: %w", err)
	}
	defer root.Close()
	left, errs := o.fileLimits(), []error(nil)
	var items []filetree.Item
	for i, in := range spec.Inputs {
		found, err := filetree.List(o.Files, in.From, in.to(), left)
		if err != nil {
			errs = append(errs, fmt.Errorf("inputs[%d]: %w", i, err))
		}
		items = append(items, found...)
		left.Files -= len(found)
		for _, item := range found {
			left.Bytes -= item.Bytes
		}
	}
	if err := errors.Join(errs...); err != nil {
		return classifyCopy(fmt.Errorf("finding inputs: %w", err))
	}
	total, err := filetree.Copy(ctx, o.Files, root, items, filetree.Options{
		Limits: o.fileLimits(), Overwrite: true, Staging: staging(),
	})
	if err != nil {
		return classifyCopy(fmt.Errorf("copying inputs: %w", err))
	}
	result.Inputs = Copied{Files: total.Files, Bytes: total.Bytes}
	return nil
}

// copyOut copies the outputs to the users' files. The program and all it left
// have ended, so that nobody changes them meanwhile.
func copyOut(ctx context.Context, dir workDir, spec Spec, o Options, result *Result) error {
	if len(spec.Outputs) == 0 {
		return nil
	}
	folder := spec.OutputFolder
	if folder == "" {
		folder = o.OutputFolder
	}
	if err := filetree.CheckPath(folder); err != nil {
		return &UnrunnableError{fmt.Errorf("the folder for outputs is %w", err)}
	}
	root, err := os.OpenRoot(dir.path)
	if err != nil {
		return fmt.Errorf("opening the working directory: %w", err)
	}
	defer root.Close()
	items, err := filetree.Match(root, spec.Outputs, folder, o.fileLimits())
	if err != nil {
		return fmt.Errorf("program %q succeeded, but finding its outputs: %w", spec.Argv[0], err)
	}
	total, err := filetree.Copy(ctx, root, o.Files, items, filetree.Options{
		Limits: o.fileLimits(), Overwrite: true, Durable: true, Staging: staging(),
	})
	if err != nil {
		return fmt.Errorf("program %q succeeded, but copying its outputs: %w", spec.Argv[0], err)
	}
	result.Outputs = Copied{Folder: folder, Files: total.Files, Bytes: total.Bytes}
	return nil
}

// staging is a name that no other copy has, on any machine.
func staging() string { return filetree.StagingPrefix + rand.Text() }
