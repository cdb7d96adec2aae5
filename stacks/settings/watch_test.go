package settings

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAWatchHasDefaultsForAllButWhoIsTold(t *testing.T) {
	t.Parallel()
	c := validAWS().with(t, "watch", `{"mails":["platform@example.com"]}`)
	s, err := Load(c, c.keys())
	require.NoError(t, err)
	want := defaultWatch
	want.Mails = []string{"platform@example.com"}
	assert.Equal(t, &want, s.Watch)
	c = validAWS().with(t, "watch", `{}`)
	s, err = Load(c, c.keys())
	require.NoError(t, err)
	assert.Nil(t, s.Watch)
}

func TestFaultsOfAWatchAreNamedWithWhatIsAllowed(t *testing.T) {
	t.Parallel()
	c := validAWS().with(t, "watch", `{"mails":["a@example.com","nobody"],"webhooks":["http://x"],"runbookUrl":"","monthlyBudgetUsd":0}`)
	_, err := Load(c, c.keys())
	for _, want := range []string{
		`spotgrid:watch.mails[2] is "nobody", want an address`, `spotgrid:watch.webhooks[1] is "http://x", want an https URL`,
		`spotgrid:watch.runbookUrl is "", want an https URL`, `spotgrid:watch.monthlyBudgetUsd is 0, want 1..10000000`,
	} {
		assert.ErrorContains(t, err, want)
	}
	c = validAWS().with(t, "watch", `{"monthlyBudgetUsd":50}`)
	_, err = Load(c, c.keys())
	assert.ErrorContains(t, err, "spotgrid:watch.mails is empty")
	c = config{}.with(t, "watch", `{"mails":["a@example.com"]}`)
	_, err = Load(c, c.keys())
	assert.ErrorContains(t, err, "spotgrid:watch is given, but on target local nothing is told")
}
