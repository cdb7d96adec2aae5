package catalogue

import (
	"path"
	"slices"
	"strings"
)

// Touch is a stack that a change touches, and the first file that says so.
type Touch struct {
	Stack Stack
	File  string
}

// Touched says which stacks the changed files can change, sorted by name. It is
// conservative: a file that no rule names touches every stack. Files are named
// from the repository's root with slashes, as git does; of a renamed one both
// names are wanted.
func (c Catalogue) Touched(files []string) []Touch {
	first := map[string]string{}
	for _, file := range files {
		for _, s := range c.touchedBy(file) {
			if first[s.Name] == "" {
				first[s.Name] = file
			}
		}
	}
	var touched []Touch
	for _, s := range c {
		if file := first[s.Name]; file != "" {
			touched = append(touched, Touch{s, file})
		}
	}
	return touched
}

func (c Catalogue) touchedBy(file string) Catalogue {
	if path.Dir(file) == "stacks/config" {
		if s, ok := c.Find(configured(path.Base(file))); ok {
			return Catalogue{s}
		}
		return c
	}
	if isQuiet(file) {
		return nil
	}
	for _, cloud := range clouds {
		if slices.ContainsFunc(only[cloud], func(dir string) bool { return strings.HasPrefix(file, dir+"/") }) {
			return slices.DeleteFunc(slices.Clone(c), func(s Stack) bool { return !slices.Contains(s.Clouds, cloud) })
		}
	}
	return c
}

// isQuiet reports whether a file is in no program and no stack: texts, tests and
// the tools that only check.
func isQuiet(file string) bool {
	return strings.HasSuffix(file, "_test.go") || strings.Contains(file, "/testdata/") ||
		strings.HasPrefix(file, "docs/") || path.Base(file) == "README.md" ||
		slices.Contains([]string{".gitignore", "tools/lint", "tools/moto", "tools/peers"}, file) ||
		strings.HasPrefix(file, "tools/actionlint/")
}

// only holds the folders whose packages declare things in one cloud; no grid
// without that cloud imports them, which a test sees to.
var only = map[string][]string{
	"aws": {
		"components/artifact/s3store", "components/awsprovider", "components/fleet/asgfleet",
		"components/function/lambdafunction", "components/grid/awsgrid", "components/image/ecrregistry",
		"components/network/vpcnetwork", "components/queue/sqsqueue", "components/trust/awsrole",
		"components/volume/efsvolume", "components/volume/s3volume", "components/watch/awswatch",
	},
	"gcp": {
		"components/artifact/gcsstore", "components/fleet/migfleet", "components/function/runfunction",
		"components/gcpprovider", "components/grid/gcpgrid", "components/image/garregistry",
		"components/network/gcpnetwork", "components/queue/pubsubqueue", "components/trust/googlepool",
		"components/volume/filestorevolume", "components/volume/gcsvolume", "components/watch/gcpwatch",
	},
}
