package statefile

import (
	"encoding/json"
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// unknown are the texts that stand for values that are not known yet, one for each
// type. Source: pulumi/sdk, go/common/resource/plugin/rpc.go.
var unknown = map[string]bool{
	"1c4a061d-8072-4f0a-a4cb-0ff528b18fe7": true,
	"3eeb2bf0-c639-47a8-9e75-3b44932eb421": true,
	"04da6b54-80e4-46f7-96ec-b56ff0331ba9": true,
	"6a19a0b0-7e62-4c92-b797-7f8e31da9cc2": true,
	"030794c1-ac77-496b-92df-f27374a8bd58": true,
	"e48ece36-62e2-4504-bad9-02848725956a": true,
	"dd056dcd-154b-4c76-9bd3-c8f88648b5ff": true,
}

// Marks of values that are no plain JSON. Source: pulumi/sdk,
// go/common/resource/sig/sig.go.
const (
	markKey    = "4dabf18193072939515e22adb298388d"
	markSecret = "1b47061264138c4ac30d75fd1eb44270"
	markOutput = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
)

// hidden is what a preview writes for a secret.
const hidden = "[secret]"

// value is what JSON says with Pulumi's marks taken for what they mean.
func value(v any) policy.Value {
	switch v := v.(type) {
	case string:
		switch {
		case unknown[v]:
			return policy.NotKnown()
		case v == hidden:
			return policy.NotKnown().AsSecret()
		}
		return policy.Of(v)
	case []any:
		list := make([]policy.Value, len(v))
		for i := range v {
			list[i] = value(v[i])
		}
		return policy.OfList(list)
	case map[string]any:
		if mark, ok := v[markKey].(string); ok {
			return marked(mark, v)
		}
		object := make(map[string]policy.Value, len(v))
		for key := range v {
			// Names with two underscores are Pulumi's own, such as __defaults.
			if !strings.HasPrefix(key, "__") {
				object[key] = value(v[key])
			}
		}
		return policy.OfObject(object)
	}
	return policy.Of(v)
}

// marked is a secret, whose plain text only `--show-secrets` writes, an output, or
// what no rule reads.
func marked(mark string, v map[string]any) policy.Value {
	switch mark {
	case markSecret:
		// What --show-secrets writes is JSON in a text.
		if text, ok := v["plaintext"].(string); ok {
			var inner any
			if json.Unmarshal([]byte(text), &inner) == nil {
				return value(inner).AsSecret()
			}
		}
		return policy.NotKnown().AsSecret()
	case markOutput:
		inner := policy.NotKnown()
		if known, ok := v["value"]; ok {
			inner = value(known)
		}
		if secret, _ := v["secret"].(bool); secret {
			return inner.AsSecret()
		}
		return inner
	}
	return policy.Opaque()
}
