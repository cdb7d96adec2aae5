package gcsstore

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestABucketsNameIsOneThatCloudStorageTakes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"abc", "my-programs_2", "0-9", strings.Repeat("a", 63)} {
		assert.NoError(t, checkBucket(name), name)
	}
	for name, want := range map[string]string{
		"ab": "want 3..63", strings.Repeat("a", 64): "want 3..63", "-abc": "want 3..63", "abc-": "want 3..63", "_abc": "want 3..63",
		"Abc": "want 3..63", "my.programs": "want 3..63", "192.168.5.4": "want 3..63",
		"goog-programs": "for itself", "my-google-programs": "for itself",
	} {
		assert.ErrorContains(t, checkBucket(name), want, name)
	}
}
