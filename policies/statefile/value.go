package statefile

import (
	"encoding/json"
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
	"github.com/spotgrid/spotgrid/workloads/pulumijson"
)

// hidden is what a preview writes for a secret.
const hidden = "[secret]"

// value is what JSON says with Pulumi's marks taken for what they mean.
func value(v any) policy.Value {
	switch v := v.(type) {
	case string:
		switch {
		case pulumijson.IsUnknown(v):
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
		if mark, ok := v[pulumijson.Signature].(string); ok {
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
	case pulumijson.Secret:
		// What --show-secrets writes is JSON in a text.
		if text, ok := v["plaintext"].(string); ok {
			var inner any
			if json.Unmarshal([]byte(text), &inner) == nil {
				return value(inner).AsSecret()
			}
		}
		return policy.NotKnown().AsSecret()
	case pulumijson.Output:
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
