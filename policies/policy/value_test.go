package policy

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// sample has each kind of value.
func sample() Value {
	return Of(map[string]any{
		"bool": true, "boolText": "false", "number": 7.5, "numberText": "12", "text": "hello", "empty": "", "null": nil,
		"list": []any{"a", map[string]any{"deep": "b"}}, "object": map[string]any{"x": 1}, "unknown": NotKnown(), "file": struct{}{},
		"hidden": Of(map[string]any{"word": "hush", "list": []any{"hush"}}).AsSecret(),
	})
}

func TestAPathLeadsToAPartOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]Kind{
		"": Object, "bool": Bool, "number": Number, "text": Text, "list": List, "object.x": Number, "list.1.deep": Text, "list.0": Text,
		"nothing": Missing, "null": Missing, "nothing.below": Missing, "list.2": Missing, "list.-1": Missing,
		"unknown": Unknown, "unknown.below": Unknown, "text.below": Wrong, "list.first": Wrong, "bool.x.y": Wrong, "file": Other, "file.x": Wrong,
	} {
		assert.Equal(t, want, sample().At(path).Kind(), "path %q", path)
	}
}

func TestNumbersAndYesOrNoAreAlsoReadFromTexts(t *testing.T) {
	t.Parallel()
	v := sample()
	n, ok := v.Key("numberText").AsNumber()
	assert.True(t, ok)
	assert.InDelta(t, 12, n, 0)
	b, ok := v.Key("boolText").AsBool()
	assert.True(t, ok)
	assert.False(t, b)
	_, ok = v.Key("text").AsNumber()
	assert.False(t, ok, "a word is no number")
	_, ok = v.Key("unknown").AsText()
	assert.False(t, ok)
	_, ok = v.Key("number").AsText()
	assert.False(t, ok, "a number is no text")
}

func TestASecretAndAllOfItIsNeverShown(t *testing.T) {
	t.Parallel()
	v := sample()
	for _, path := range []string{"", "hidden", "hidden.word", "hidden.list", "hidden.list.0"} {
		assert.Equal(t, "secret", v.At(path).Show(), "path %q", path)
	}
	for _, item := range v.At("hidden.list").Items() {
		assert.True(t, item.Secret())
	}
	v.Key("hidden").Each("hidden", func(path string, text Value) { assert.True(t, text.Secret(), path) })
	assert.True(t, v.Key("hidden").With("other", Of("x")).Secret(), "a copy stays secret")
}

func TestALongValueIsShownInPart(t *testing.T) {
	t.Parallel()
	shown := Of(strings.Repeat("ä", 200)).Show()
	assert.True(t, strings.HasSuffix(shown, "…"))
	assert.LessOrEqual(t, len(shown), longest+len("…"))
	assert.NotContains(t, shown, "\ufffd", "no half letter")
	assert.Equal(t, `{"a":"(not known yet)"}`, Of(map[string]any{"a": NotKnown()}).Show())
	assert.Equal(t, "missing", Value{}.Show())
	assert.Equal(t, "a number", Of(math.NaN()).Show(), "which JSON has no word for")
}

func TestEmptyIsWhatIsSurelyNothing(t *testing.T) {
	t.Parallel()
	for _, v := range []Value{{}, Of(""), Of([]any{}), Of(map[string]any{})} {
		assert.True(t, v.Empty(), v.Show())
	}
	for _, v := range []Value{NotKnown(), Of(false), Of(0), Of(" "), Opaque(), Of([]any{nil})} {
		assert.False(t, v.Empty(), v.Show())
	}
}

func TestAPartIsSetInACopy(t *testing.T) {
	t.Parallel()
	v := sample()
	with := v.With("new.deep", Of("x")).With("object.x", Of("y"))
	assert.Equal(t, `"x"`, with.At("new.deep").Show())
	assert.Equal(t, `"y"`, with.At("object.x").Show())
	assert.Equal(t, "missing", v.At("new.deep").Show(), "the value itself stays")
	assert.Equal(t, "1", v.At("object.x").Show(), "the value itself stays")
	assert.Equal(t, `"hello"`, v.With("text.deep", Of(1)).Key("text").Show(), "a text has no parts")
}

func TestAnUnknownPartIsFoundAtAnyDepth(t *testing.T) {
	t.Parallel()
	assert.True(t, Of([]any{map[string]any{"a": NotKnown()}}).HasUnknown())
	assert.False(t, Of([]any{map[string]any{"a": "b"}}).HasUnknown())
}
