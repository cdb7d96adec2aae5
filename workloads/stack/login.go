package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrNoLogin means that Pulumi was not told where to keep the state of stacks
// that are not local.
var ErrNoLogin = errors.New("you are not logged in to Pulumi: run `pulumi login`, or name a place for the state, such as PULUMI_BACKEND_URL=file://$HOME or s3://BUCKET")

// CheckLogin is ErrNoLogin if the stack needs a login and the environment has
// none. It does not ask whether the login works.
func (s Stack) CheckLogin(environment []string) error {
	if s.Local() || loggedIn(environment) {
		return nil
	}
	return fmt.Errorf("stack %q is one of a cloud: %w", s.Name, ErrNoLogin)
}

// loggedIn looks where pulumi does for the backend to use. Source: the
// environment variables and the credentials file in pulumi's
// sdk/go/common/workspace/creds.go.
func loggedIn(environment []string) bool {
	if lookup(environment, "PULUMI_BACKEND_URL") != "" || lookup(environment, "PULUMI_ACCESS_TOKEN") != "" {
		return true
	}
	dir := lookup(environment, "PULUMI_CREDENTIALS_PATH")
	if dir == "" {
		dir = userHome(environment)
	}
	b, err := os.ReadFile(filepath.Join(dir, "credentials.json"))
	if err != nil {
		return false
	}
	var c struct {
		Current string `json:"current"`
	}
	return json.Unmarshal(b, &c) == nil && c.Current != ""
}

// userHome is the folder of the user's own Pulumi.
func userHome(environment []string) string {
	if dir := lookup(environment, "PULUMI_HOME"); dir != "" {
		return dir
	}
	return filepath.Join(lookup(environment, "HOME"), ".pulumi")
}

// lookup is the value of a variable, the last one given as programs see it;
// "" if there is none.
func lookup(environment []string, name string) string {
	value := ""
	for _, kv := range environment {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			value = v
		}
	}
	return value
}
