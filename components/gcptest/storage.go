package gcptest

import (
	"crypto/sha256"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// What the services of storage compute, for kinds.

func project(string) map[string]string { return map[string]string{"project": Project} }

// bucket has a name of its own making, unless it was given one.
func bucket(name string, in resource.PropertyMap) resource.PropertyMap {
	if given := in["name"]; !given.IsNull() {
		return nil
	}
	return resource.PropertyMap{"name": resource.NewStringProperty(name + "-1a2b3c4")}
}

// object tells its name once it is there.
func object(_ string, in resource.PropertyMap) resource.PropertyMap {
	return resource.PropertyMap{"outputName": in["name"]}
}

// Where a Filestore instance of the mocks answers.
const (
	FilestoreAddress = "10.87.0.2"
	FilestoreRange   = "10.87.0.0/26"
)

// filestore takes a range and an address of the network that it is given.
func filestore(_ string, in resource.PropertyMap) resource.PropertyMap {
	networks := in["networks"]
	if !networks.IsArray() || len(networks.ArrayValue()) == 0 || !networks.ArrayValue()[0].IsObject() {
		return nil
	}
	n := networks.ArrayValue()[0].ObjectValue().Copy()
	n["reservedIpRange"] = resource.NewStringProperty(FilestoreRange)
	n["ipAddresses"] = resource.NewArrayProperty([]resource.PropertyValue{resource.NewStringProperty(FilestoreAddress)})
	return resource.PropertyMap{"networks": resource.NewArrayProperty([]resource.PropertyValue{resource.NewObjectProperty(n)})}
}

// image is one in the repository that it is given.
func image(name string, in resource.PropertyMap) resource.PropertyMap {
	repository := "europe-west1-docker.pkg.dev/" + Project + "/images-1a2b3c4d/images"
	if given := in["repository"]; given.IsString() {
		repository = given.StringValue()
	}
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(name)))
	return resource.PropertyMap{
		"digest": resource.NewStringProperty(digest), "tag": resource.NewStringProperty(name + "-1a2b3c4"),
		"uri": resource.NewStringProperty(repository + "@" + digest),
	}
}
