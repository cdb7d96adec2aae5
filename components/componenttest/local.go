package componenttest

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Local computes what the provider of the local target would.
func Local(typ, _ string, in resource.PropertyMap) (resource.PropertyMap, error) {
	text := func(key resource.PropertyKey) string {
		if v := in[key]; v.IsString() {
			return v.StringValue()
		}
		return ""
	}
	set := func(key resource.PropertyKey, v string) resource.PropertyMap {
		return resource.PropertyMap{key: resource.NewStringProperty(v)}
	}
	switch strings.TrimPrefix(typ, "spotgrid:local:") {
	case "Agent":
		out := set("url", "http://127.0.0.1:7000")
		out["server"] = resource.NewStringProperty("nats://127.0.0.1:4222")
		out["running"] = resource.NewBoolProperty(true)
		return out, nil
	case "Queue":
		return set("url", text("server")+"/"+text("name")), nil
	case "Volume":
		return set("url", "file://"+text("path")), nil
	case "Function":
		return set("url", text("server")+"/functions/"+text("name")), nil
	case "Fleet":
		return nil, nil
	}
	return nil, fmt.Errorf("no provider here has a resource %s", typ)
}
