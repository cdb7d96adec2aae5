package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/mod/modfile"
)

// InstallDependencies downloads the program's modules. It changes neither
// go.mod nor go.sum: what they lack is for their author to add.
func (h *host) InstallDependencies(
	req *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	ctx, release := h.cancellable(stream.Context())
	defer release()
	p, err := resolveProgram(req.GetInfo())
	if err != nil {
		return err
	}
	tell := func(line string) error {
		return stream.Send(&pulumirpc.InstallDependenciesResponse{Stdout: []byte(line + "\n")})
	}
	if err := tell("Downloading the Go modules of " + p.dir + " ..."); err != nil {
		return err
	}
	cmd, err := h.goCommand(ctx, p.dir, "mod", "download")
	if err != nil {
		return err
	}
	// One writer for both: os/exec then writes from one goroutine only.
	output := writerFunc(func(b []byte) error {
		return stream.Send(&pulumirpc.InstallDependenciesResponse{Stderr: b})
	})
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := run(ctx, cmd); err != nil {
		return fmt.Errorf("downloading the Go modules of %q: go mod download: %w", p.dir, err)
	}
	return tell("Finished downloading Go modules")
}

// About tells which Go the host builds with.
func (h *host) About(call context.Context, req *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, errNoGo
	}
	version, err := h.goOutput(call, req.GetInfo().GetProgramDirectory(), "version")
	if err != nil {
		return nil, err
	}
	return &pulumirpc.AboutResponse{
		Executable: path,
		Version:    strings.TrimSpace(string(version)),
		Metadata:   map[string]string{"host": "spotgrid " + hostName, "pulumi sdk": sdkVersion()},
	}, nil
}

// GetProgramDependencies lists what go.mod requires: the direct requirements,
// or all of them. A locally replaced module has no version.
func (h *host) GetProgramDependencies(
	call context.Context, req *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	ctx, release := h.cancellable(call)
	defer release()
	p, err := resolveProgram(req.GetInfo())
	if err != nil {
		return nil, err
	}
	gomod, err := h.goMod(ctx, p.dir)
	if err != nil {
		return nil, err
	}
	local := map[string]bool{}
	for _, replace := range gomod.Replace {
		local[replace.Old.Path] = replace.New.Version == ""
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, require := range gomod.Require {
		if require.Indirect && !req.GetTransitiveDependencies() {
			continue
		}
		version := require.Mod.Version
		if local[require.Mod.Path] {
			version = ""
		}
		response.Dependencies = append(response.Dependencies,
			&pulumirpc.DependencyInfo{Name: require.Mod.Path, Version: version})
	}
	return response, nil
}

// goMod reads the go.mod of the module that dir lies in.
func (h *host) goMod(ctx context.Context, dir string) (*modfile.File, error) {
	output, err := h.goOutput(ctx, dir, "env", "GOMOD")
	if err != nil {
		return nil, err
	}
	path := strings.TrimSpace(string(output))
	if path == "" || path == os.DevNull {
		return nil, fmt.Errorf("reading dependencies of %q: %w", dir, errors.New("it lies in no Go module: run go mod init"))
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading dependencies: %w", err)
	}
	parsed, err := modfile.Parse(path, content, nil)
	if err != nil {
		return nil, fmt.Errorf("reading dependencies: %w", err)
	}
	return parsed, nil
}
