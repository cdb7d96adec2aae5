package pack

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestValuesOfTheEngineKeepWhatIsUnknownAndSecret(t *testing.T) {
	t.Parallel()
	v := value(property.New(map[string]property.Value{
		"text": property.New("a"), "number": property.New(7.5), "bool": property.New(true), "null": property.New(property.Null),
		"list": property.New([]property.Value{property.New("x"), property.New(property.Computed)}), "unknown": property.New(property.Computed),
		"hidden": property.New(map[string]property.Value{"word": property.New("hush")}).WithSecret(true), "__defaults": property.New("own"),
	}))
	for path, want := range map[string]policy.Kind{
		"text": policy.Text, "number": policy.Number, "bool": policy.Bool, "null": policy.Missing, "list.0": policy.Text, "list.1": policy.Unknown,
		"unknown": policy.Unknown, "hidden.word": policy.Text, "__defaults": policy.Missing,
	} {
		assert.Equal(t, want, v.At(path).Kind(), path)
	}
	assert.Equal(t, "secret", v.At("hidden.word").Show())
	assert.Equal(t, policy.Other, value(property.New(&archive.Archive{})).Kind())
}

func TestAMendedMapKeepsTheEnginesOwnValues(t *testing.T) {
	t.Parallel()
	code := property.New(&archive.Archive{})
	was := property.New(map[string]property.Value{
		"code": code, "secret": property.New("hush").WithSecret(true), "later": property.New(property.Computed), "__defaults": property.New("own"),
		"options": property.New(map[string]property.Value{"kept": property.New(1.0), "changed": property.New("optional")}),
	})
	got := unchanged(value(was).With("options.changed", policy.Of("required")).With("tags.owner", policy.Of("ops")), was)
	want := property.New(map[string]property.Value{
		"code": code, "secret": property.New("hush").WithSecret(true), "later": property.New(property.Computed), "__defaults": property.New("own"),
		"options": property.New(map[string]property.Value{"kept": property.New(1.0), "changed": property.New("required")}),
		"tags":    property.New(map[string]property.Value{"owner": property.New("ops")}),
	})
	assert.True(t, want.Equals(got), "want %v, got %v", want, got)
}
