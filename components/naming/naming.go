// Package naming makes the names of resources. A URN holds the types of a
// resource's parents but not their names, so every child carries its parent's
// name in front of its own.
package naming

import (
	"fmt"
	"regexp"
)

// MaxLength of a component's name, so that what is made of it fits every
// service: the tightest is Filestore's share with 16 characters of its own.
const MaxLength = 30

var pattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// Check reports a name that some service would refuse.
func Check(what, name string) error {
	if len(name) > MaxLength || !pattern.MatchString(name) {
		return fmt.Errorf("%s is named %q, want 1..%d of a-z, 0-9 and single hyphens between them, starting with a letter", what, name, MaxLength)
	}
	return nil
}

// Child is the name of a resource inside the component.
func Child(component, child string) string { return component + "-" + child }
