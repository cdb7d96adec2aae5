package runfunction

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAccountIDsFitAndTellStacksApart(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("abcd-", 6) + "account"
	for _, name := range []string{"a", "quote-account", "grid-quote-of-twenty-account", long} {
		assert.Regexp(t, `^[a-z]([-a-z0-9]*[a-z0-9])$`, accountID("acme/grid/dev", name))
		n := len(accountID("acme/grid/dev", name))
		assert.True(t, n >= 6 && n <= 30, "%s has %d", name, n)
	}
	assert.Equal(t, accountID("acme/grid/dev", "quote"), accountID("acme/grid/dev", "quote"))
	assert.NotEqual(t, accountID("acme/grid/dev", "quote"), accountID("acme/grid/prod", "quote"))
	assert.NotEqual(t, accountID("acme/grid/dev", long), accountID("acme/grid/dev", long+"-2"), "also where the names are cut")
	assert.NotContains(t, accountID("s", strings.Repeat("a", 20)+"-account"), "--")
}
