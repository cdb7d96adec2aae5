package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/mod/module"
)

// pluginFile lies in a Go SDK beside the packages that need a plugin. See
// plugin.PulumiPluginJSON.
const pluginFile = "pulumi-plugin.json"

// GetRequiredPackages lists the plugins of the packages the program imports,
// directly or not. A module that go.mod requires but nothing imports counts
// for nothing: a program for one cloud downloads no plugin of another.
func (h *host) GetRequiredPackages(
	call context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	packages, err := h.requiredPackages(call, req.GetInfo())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.GetRequiredPackagesResponse{Packages: packages}, nil
}

// GetRequiredPlugins is the older form of GetRequiredPackages.
func (h *host) GetRequiredPlugins(
	call context.Context, req *pulumirpc.GetRequiredPluginsRequest,
) (*pulumirpc.GetRequiredPluginsResponse, error) {
	packages, err := h.requiredPackages(call, req.GetInfo())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetRequiredPluginsResponse{}
	for _, p := range packages {
		response.Plugins = append(response.Plugins, &pulumirpc.PluginDependency{
			Name: p.GetName(), Kind: p.GetKind(), Version: p.GetVersion(), Server: p.GetServer(),
		})
	}
	return response, nil
}

func (h *host) requiredPackages(
	call context.Context, info *pulumirpc.ProgramInfo,
) ([]*pulumirpc.PackageDependency, error) {
	ctx, release := h.cancellable(call)
	defer release()
	p, err := resolveProgram(info)
	if err != nil {
		return nil, err
	}
	if found, err := p.hasGoFiles(); err != nil || !found {
		return nil, err // a prebuilt binary without sources, or a fault that Run reports
	}
	imported, err := h.importedPackages(ctx, p.dir)
	if err != nil {
		return nil, err
	}
	return pluginsOf(imported)
}

// goPackage is what "go list -json" tells of a package.
type goPackage struct {
	ImportPath string
	Dir        string
	Module     *struct {
		Path    string
		Version string
		Main    bool
	}
}

// importedPackages lists the packages of modules that the one in dir depends
// on. With -e, source that does not compile is left for the build to report.
func (h *host) importedPackages(ctx context.Context, dir string) ([]goPackage, error) {
	output, err := h.goOutput(ctx, dir, "list", "-e", "-deps", "-json=ImportPath,Dir,Module", ".")
	if err != nil {
		return nil, fmt.Errorf("listing what the program imports: %w", err)
	}
	var packages []goPackage
	decoder := json.NewDecoder(bytes.NewReader(output))
	for {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages, nil
		}
		if err != nil {
			return nil, fmt.Errorf("listing what the program imports: reading the output of go list: %w", err)
		}
		if p.Module != nil && p.Dir != "" {
			packages = append(packages, p)
		}
	}
}

// pluginsOf returns the plugins of packages, each once, in their order.
func pluginsOf(packages []goPackage) ([]*pulumirpc.PackageDependency, error) {
	var found []*pulumirpc.PackageDependency
	seen := map[string]bool{}
	for _, p := range packages {
		for _, dir := range p.pluginDirs() {
			path := filepath.Join(dir, pluginFile)
			declared, err := plugin.LoadPulumiPluginJSON(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("reading %q: %w", path, err)
			}
			if !seen[path] && declared.Resource {
				dependency, err := packageDependency(declared, p.Module.Version)
				if err != nil {
					return nil, fmt.Errorf("reading %q: %w", path, err)
				}
				found = append(found, dependency)
			}
			seen[path] = true
			break
		}
	}
	return found, nil
}

// pluginDirs are the places of a package's plugin file, nearest first: its own
// directory and those above, up to its module's root. They are counted from
// the import path, as go tells no module directory under vendor/. The root of
// the main module is left out: a file there describes the module to those who
// import it, as a plugin, not to itself.
func (p goPackage) pluginDirs() []string {
	below := strings.TrimPrefix(p.ImportPath, p.Module.Path)
	depth := strings.Count(below, "/")
	if p.Module.Main {
		depth--
	}
	var dirs []string
	for dir := p.Dir; depth >= 0; depth-- {
		dirs = append(dirs, dir)
		dir = filepath.Dir(dir)
	}
	return dirs
}

// packageDependency turns a plugin file into what the engine asks for.
func packageDependency(declared *plugin.PulumiPluginJSON, moduleVersion string) (*pulumirpc.PackageDependency, error) {
	if declared.Name == "" {
		return nil, errors.New("it declares a resource plugin without a name")
	}
	version := declared.Version
	if version == "" {
		version = releasedVersion(moduleVersion)
	}
	return &pulumirpc.PackageDependency{
		Name:             declared.Name,
		Kind:             "resource",
		Version:          strings.TrimPrefix(version, "v"),
		Server:           declared.Server,
		Parameterization: parameterization(declared.Parameterization),
		Extension:        parameterization(declared.ExtensionParameterization),
	}, nil
}

func parameterization(declared *plugin.PulumiParameterizationJSON) *pulumirpc.PackageParameterization {
	if declared == nil {
		return nil
	}
	return &pulumirpc.PackageParameterization{Name: declared.Name, Version: declared.Version, Value: declared.Value}
}

// releasedVersion is the release a module version stands for: itself, or the
// tag that a pseudo-version follows. Empty, so any, if there is none (v0.0.0
// is what a locally replaced module usually says).
func releasedVersion(version string) string {
	if module.IsPseudoVersion(version) {
		base, err := module.PseudoVersionBase(version)
		if err != nil {
			return ""
		}
		return base
	}
	if version == "v0.0.0" {
		return ""
	}
	return version
}
