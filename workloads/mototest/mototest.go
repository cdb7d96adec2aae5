// Package mototest runs moto for tests: a server on this machine that answers
// the calls of the AWS API, as far as moto knows them. tools/moto installs it.
package mototest

import (
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

const (
	// Region is one for tests; moto has every region.
	Region = "eu-central-1"
	// Account is the only one that moto has.
	Account = "123456789012"
)

// isolation keeps what this machine knows of AWS away from the SDK and gives it
// keys that only moto takes.
var isolation = map[string]string{
	"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_SESSION_TOKEN": "",
	"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "", "NO_PROXY": "127.0.0.1",
}

// Main runs the tests of a package for its TestMain and returns the exit code.
// The environment is such that the SDK knows nothing of this machine's accounts.
func Main(m *testing.M) int {
	if err := isolate(); err != nil {
		panic(err)
	}
	defer stop()
	return m.Run()
}

func isolate() error {
	var errs []error
	for name, value := range isolation {
		errs = append(errs, os.Setenv(name, value))
	}
	// moto takes an empty profile for a name.
	return errors.Join(append(errs, os.Unsetenv("AWS_PROFILE"), os.Unsetenv("AWS_DEFAULT_PROFILE"))...)
}

// Server is a running moto.
type Server struct {
	// Endpoint is its address, such as http://127.0.0.1:5000.
	Endpoint string
}

var started = sync.OnceValues(start)

// Need returns the one server of this process and points the SDK of this
// process to it. The first call starts it, which takes some seconds. The test is
// skipped where moto is not installed. The package's TestMain must call Main.
func Need(t testing.TB) Server {
	t.Helper()
	server, err := started()
	switch {
	case errors.Is(err, errNotInstalled):
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	return server
}

// Config is for a client of whoever declares things in Region.
func (s Server) Config(t testing.TB) aws.Config {
	t.Helper()
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(Region), config.WithBaseEndpoint(s.Endpoint))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// Environment points the SDK of another process to the server.
func (s Server) Environment() []string {
	var all []string
	for name, value := range isolation {
		if name != "AWS_ENDPOINT_URL" {
			all = append(all, name+"="+value)
		}
	}
	return append(all, "AWS_ENDPOINT_URL="+s.Endpoint)
}
