package stack

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAStackOfACloudNeedsALogin(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	in := filepath.Join(home, "in", ".pulumi")
	write(t, filepath.Join(in, "credentials.json"), `{"current":"https://api.pulumi.com"}`)
	write(t, filepath.Join(home, "out", ".pulumi", "credentials.json"), `{"current":"","accessTokens":{}}`)
	write(t, filepath.Join(home, "broken", ".pulumi", "credentials.json"), `{`)
	cloud := Stack{Root: "/project", Name: "aws-dev"}
	for name, c := range map[string]struct {
		environment []string
		loggedIn    bool
	}{
		"nothing":             {[]string{"HOME=" + home}, false},
		"logged in":           {[]string{"HOME=" + filepath.Join(home, "in")}, true},
		"logged out":          {[]string{"HOME=" + filepath.Join(home, "out")}, false},
		"broken":              {[]string{"HOME=" + filepath.Join(home, "broken")}, false},
		"another Pulumi home": {[]string{"HOME=" + home, "PULUMI_HOME=" + in}, true},
		"credentials apart":   {[]string{"HOME=" + home, "PULUMI_CREDENTIALS_PATH=" + in}, true},
		"a backend":           {[]string{"HOME=" + home, "PULUMI_BACKEND_URL=file:///state"}, true},
		"no backend at last":  {[]string{"HOME=" + home, "PULUMI_BACKEND_URL=file:///state", "PULUMI_BACKEND_URL="}, false},
		"a token":             {[]string{"HOME=" + home, "PULUMI_ACCESS_TOKEN=secret"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := cloud.CheckLogin(c.environment)
			if c.loggedIn {
				assert.NoError(t, err)
				return
			}
			assert.ErrorIs(t, err, ErrNoLogin)
			assert.ErrorContains(t, err, `stack "aws-dev"`)
			assert.ErrorContains(t, err, "PULUMI_BACKEND_URL=file://")
		})
	}
	assert.NoError(t, Stack{Root: "/project", Name: "local"}.CheckLogin(nil), "a local stack has its own place")
}
