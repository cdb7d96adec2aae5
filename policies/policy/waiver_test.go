package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	tag    = "policy-waiver-no-large-size"
	reason = "It holds what tests need, "
)

func tagged(text any) *Resource {
	return resourceOf("large", map[string]any{"sizeGiB": 11, "tags": map[string]any{tag: text}})
}

func configured(waivers ...map[string]any) Settings {
	var list []any
	for _, w := range waivers {
		list = append(list, w)
	}
	return Settings{validWaivers: {Options: map[string]any{waiversOption: list}}}
}

func TestAWaiverInATagHoldsUntilItsLastDay(t *testing.T) {
	t.Parallel()
	for text, fault := range map[string]string{
		reason + "until 2026-11-24":    "",
		reason + "until 2027-11-25":    "",
		"ten letter; until 2026-12-31": "",
		reason + "until 2026-11-23":    "ended on 2026-11-23",
		reason + "until 2027-11-26":    "want a day in the next 366",
		"short, until 2026-12-31":      `gives the reason "short"`,
		"until 2026-12-31":             `gives the reason ""`,
		reason:                         `ends "", want a day`,
		reason + "until 2026-02-30":    `ends "2026-02-30", want a day`,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			res := runOn(t, withWaivers(sized), nil, tagged(text))
			if fault == "" {
				assert.Empty(t, res.Violations)
				require.Len(t, res.Waived, 1, "it is listed")
				assert.Equal(t, "tag "+tag, res.Waived[0].Waiver.Where)
				return
			}
			require.Len(t, res.Violations, 2, "what was to be waived, and the waiver")
			assert.Equal(t, validWaivers, res.Violations[1].Rule)
			assert.Contains(t, res.Violations[1].Message, fault)
			assert.Empty(t, res.Waived)
		})
	}
}

func TestAWaiverInATagIsOfItsResourceOnly(t *testing.T) {
	t.Parallel()
	res := runOn(t, withWaivers(sized), nil, tagged(reason+"until 2026-12-31"), resourceOf("other", map[string]any{"sizeGiB": 12}))
	require.Len(t, res.Violations, 1)
	assert.Contains(t, res.Violations[0].URN, "::other")
}

func TestAnAutoScalingGroupCarriesItsWaiverInAList(t *testing.T) {
	t.Parallel()
	tags := []any{map[string]any{"key": "owner", "value": "ops"}, map[string]any{"key": tag, "value": reason + "until 2026-12-31"}}
	res := runOn(t, withWaivers(sized), nil, resourceOf("group", map[string]any{"sizeGiB": 11, "tags": tags}))
	assert.Empty(t, res.Violations)
	assert.Len(t, res.Waived, 1)
}

func TestAWaiverOfTheConfigurationNamesResourcesByAPattern(t *testing.T) {
	t.Parallel()
	waiver := func(change map[string]any) map[string]any {
		w := map[string]any{"rule": sized.Name, "urn": "*::lar.e", "reason": reason, "until": "2026-12-31"}
		for key, value := range change {
			w[key] = value
		}
		return w
	}
	for name, test := range map[string]struct {
		change map[string]any
		want   []string
	}{
		"it fits":             {map[string]any{"urn": "*::l*ge"}, nil},
		"all letters are its": {nil, []string{sized.Name}},
		"it has to fit whole": {map[string]any{"urn": "large"}, []string{sized.Name}},
		"no such rule":        {map[string]any{"rule": "no-lrge-size"}, []string{sized.Name, validWaivers}},
		"of waivers":          {map[string]any{"rule": validWaivers}, []string{sized.Name, validWaivers}},
		"a number for a day":  {map[string]any{"until": 7.0}, []string{sized.Name, validWaivers}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := runOn(t, withWaivers(sized), configured(waiver(test.change)), resourceOf("large", map[string]any{"sizeGiB": 11}))
			var got []string
			for _, v := range res.Violations {
				got = append(got, v.Rule)
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestWhatAWaiverLetsPassIsNotMended(t *testing.T) {
	t.Parallel()
	rules := withWaivers(mendSized, sized)
	s := NewSession(rules, "p", "dev", today)
	mended, changed, err := s.Mend(mendSized, resourceOf("large", map[string]any{"sizeGiB": 11}), nil)
	require.NoError(t, err)
	assert.True(t, changed)
	assert.Equal(t, "10", mended.Key("sizeGiB").Show())
	_, changed, err = s.Mend(mendSized, tagged(reason+"until 2026-12-31"), nil)
	require.NoError(t, err)
	assert.False(t, changed)
	_, changed, err = s.Mend(mendSized, tagged(reason+"until 2026-11-01"), nil)
	require.NoError(t, err)
	assert.True(t, changed, "it ended")
}

func TestTheEndOfARunListsTheWaiversItUsed(t *testing.T) {
	t.Parallel()
	rules := withWaivers(sized)
	s := NewSession(rules, "p", "dev", today)
	large := tagged(reason + "until 2026-12-31")
	for range 2 { // an engine may look twice
		o, err := s.Each(sized, large, nil)
		require.NoError(t, err)
		assert.Empty(t, o.Violations)
	}
	o, err := s.Whole(rules[len(rules)-1], s.Stack())
	require.NoError(t, err)
	require.Len(t, o.Violations, 1)
	assert.Equal(t, large.URN, o.Violations[0].URN)
	assert.Contains(t, o.Violations[0].Message, "no-large-size is waived until 2026-12-31: It holds what tests need")
}
