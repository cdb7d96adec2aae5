package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/tools/pipeline/release"
)

const releaseHelp = `Build the stack program and put it, the programs in bin/ and the stacks' configs
into one file. The same commit gives the same bytes; the digest that is printed
names it from then on, and every stack gets these bytes.`

// platforms that machines and functions run on; tools/build-programs makes them.
var platforms = []string{"linux-amd64", "linux-arm64"}

// notReleased are programs that no stack and no deployment needs.
var notReleased = []string{"bench-peers"}

func releaseCommand() *cobra.Command {
	file := ""
	cmd := &cobra.Command{
		Use: "release [--file FILE]", Short: "Make a release of what is built", Long: releaseHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := findProject()
			if err != nil {
				return err
			}
			digest, err := p.release(cmd.Context(), file)
			if err != nil {
				return err
			}
			if err := output("name", "release-"+digest.Hex()); err != nil {
				return err
			}
			if err := summary("Release `" + string(digest) + "`"); err != nil {
				return err
			}
			return output("digest", string(digest))
		},
	}
	cmd.Flags().StringVar(&file, "file", "bin/release.tar", "`file` for the release")
	return cmd
}

func (p project) release(ctx context.Context, file string) (release.Digest, error) {
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", p.path("bin/stacks"), "./stacks"}
	if err := p.execute(ctx, nil, os.Stderr, os.Stderr, "go", args...); err != nil {
		return "", fmt.Errorf("building the stack program: %w", err)
	}
	names, err := p.released()
	if err != nil {
		return "", fmt.Errorf("listing what is released: %w", err)
	}
	return p.pack(file, names)
}

// pack puts files of the project into one.
func (p project) pack(file string, names []string) (release.Digest, error) {
	f, err := os.Create(file)
	if err != nil {
		return "", fmt.Errorf("making the release: %w", err)
	}
	err = release.Pack(f, string(p), names)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", err
	}
	return release.File(file)
}

// released names the files of a release, below the project's folder.
func (p project) released() ([]string, error) {
	names := []string{"Pulumi.yaml", "bin/stacks", "bin/pulumi-resource-spotgrid"}
	configs, err := filepath.Glob(p.path("stacks/config/Pulumi.*.yaml"))
	if err != nil {
		return nil, err
	}
	for _, c := range configs {
		names = append(names, path.Join("stacks/config", filepath.Base(c)))
	}
	programs, err := os.ReadDir(p.path("workloads/cmd"))
	if err != nil {
		return nil, err
	}
	for _, program := range programs {
		if slices.Contains(notReleased, program.Name()) {
			continue
		}
		names = append(names, "bin/"+program.Name())
		for _, platform := range platforms {
			if program.Name() != "spotgrid" { // the user's, not for the grid's machines
				names = append(names, path.Join("bin", platform, program.Name()))
			}
		}
	}
	return names, nil
}
