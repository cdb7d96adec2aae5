// Package gcptest runs components that declare Google Cloud resources: under
// mocks that compute what Google would, and through the real engine and
// provider. It checks what must hold of every such tree.
package gcptest

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Where the mocks and previews are.
const (
	Project       = "acme-grid"
	ProjectNumber = "123456789012"
	Region        = "europe-west1"
)

// kind is what a type of resource has beside its inputs.
type kind struct {
	// labels is the property that labels are in; empty: it carries none.
	labels  string
	outputs func(name string) map[string]string
	// more are outputs that depend on the inputs, or are no text.
	more func(name string, in resource.PropertyMap) resource.PropertyMap
}

// at gives the resource a path below the project.
func at(path string) func(string) map[string]string {
	return func(name string) map[string]string {
		id := "projects/" + Project + "/" + path + "/" + name
		return map[string]string{"name": name, "selfLink": "https://www.googleapis.com/compute/v1/" + id, "project": Project}
	}
}

func account(name string) map[string]string {
	email := name + "@" + Project + ".iam.gserviceaccount.com"
	return map[string]string{"uniqueId": "108000002380243782158", "email": email, "member": "serviceAccount:" + email, "name": "projects/" + Project + "/serviceAccounts/" + email}
}

// autonamed gives the resource the name that Pulumi would: that in the program
// and random digits.
func autonamed(name string) map[string]string {
	return map[string]string{"name": name + "-1a2b3c4", "project": Project}
}

var kinds = map[string]kind{
	"gcp:serviceaccount/account:Account":     {outputs: account},
	"gcp:serviceaccount/iAMMember:IAMMember": {},
	"gcp:projects/iAMMember:IAMMember":       {},
	"gcp:projects/iAMCustomRole:IAMCustomRole": {outputs: func(name string) map[string]string {
		return map[string]string{"name": "projects/" + Project + "/roles/" + name}
	}},

	"gcp:iam/workloadIdentityPool:WorkloadIdentityPool":                 {more: identityPool},
	"gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": {},

	"gcp:compute/instanceTemplate:InstanceTemplate": {labels: "labels", outputs: func(name string) map[string]string {
		out := at("global/instanceTemplates")(name)
		out["selfLinkUnique"] = out["selfLink"] + "?uniqueId=1234"
		return out
	}},
	"gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": {outputs: at("regions/" + Region + "/instanceGroupManagers")},
	"gcp:compute/instanceGroupManager:InstanceGroupManager":             {outputs: at("zones/" + Region + "-b/instanceGroupManagers")},
	"gcp:compute/autoscaler:Autoscaler":                                 {outputs: at("zones/" + Region + "-b/autoscalers")},
	"gcp:logging/projectBucketConfig:ProjectBucketConfig":               {},
	"gcp:logging/projectSink:ProjectSink":                               {},

	"gcp:compute/network:Network":       {outputs: at("global/networks")},
	"gcp:compute/subnetwork:Subnetwork": {outputs: at("regions/" + Region + "/subnetworks")},

	"gcp:pubsub/topic:Topic":                                 {labels: "labels", outputs: autonamed},
	"gcp:pubsub/subscription:Subscription":                   {labels: "labels", outputs: autonamed},
	"gcp:pubsub/topicIAMMember:TopicIAMMember":               {},
	"gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember": {},
	"gcp:compute/firewall:Firewall":                          {outputs: at("global/firewalls")},
	"gcp:compute/router:Router":                              {outputs: at("regions/" + Region + "/routers")},
	"gcp:compute/routerNat:RouterNat":                        {},
	"gcp:dns/managedZone:ManagedZone":                        {labels: "labels", outputs: at("managedZones")},
	"gcp:dns/recordSet:RecordSet":                            {},

	"gcp:filestore/instance:Instance": {labels: "labels", more: filestore},

	"gcp:storage/bucket:Bucket":                   {labels: "labels", more: bucket},
	"gcp:storage/bucketObject:BucketObject":       {more: object},
	"gcp:storage/bucketIAMMember:BucketIAMMember": {},

	"gcp:artifactregistry/repository:Repository":                   {labels: "labels", outputs: project},
	"gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": {},
	// Of the project's own provider, which pushes it.
	"spotgrid:image:Image": {more: image},

	"gcp:monitoring/alertPolicy:AlertPolicy":                 {labels: "userLabels", outputs: at("alertPolicies")},
	"gcp:monitoring/notificationChannel:NotificationChannel": {labels: "userLabels", outputs: at("notificationChannels")},
	"gcp:billing/budget:Budget":                              {},

	"gcp:kms/keyRing:KeyRing":                       {outputs: at("locations/" + Region + "/keyRings")},
	"gcp:kms/cryptoKey:CryptoKey":                   {labels: "labels", outputs: at("locations/" + Region + "/keyRings/grid/cryptoKeys")},
	"gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": {},

	"gcp:cloudrunv2/service:Service":                   {labels: "labels", outputs: service},
	"gcp:cloudrunv2/serviceIamMember:ServiceIamMember": {},
	"gcp:cloudscheduler/job:Job":                       {outputs: autonamed},
}

// service is one of Cloud Run.
func service(name string) map[string]string {
	out := autonamed(name)
	out["uri"] = "https://" + out["name"] + "-a1b2c3d4e5-ew.a.run.app"
	return out
}

// identityPool is named by the project's number and the ID that it is given.
func identityPool(_ string, in resource.PropertyMap) resource.PropertyMap {
	id := in["workloadIdentityPoolId"]
	if !id.IsString() {
		return nil
	}
	return resource.PropertyMap{"name": resource.NewStringProperty("projects/" + ProjectNumber + "/locations/global/workloadIdentityPools/" + id.StringValue())}
}

// Compute computes what Google Cloud would, as componenttest.Compute. A type
// it does not know is a fault: add it to kinds.
func Compute(typ, name string, in resource.PropertyMap) (resource.PropertyMap, error) {
	k, ok := kinds[typ]
	if !ok {
		return nil, fmt.Errorf("no Google Cloud here has a resource %s", typ)
	}
	out := resource.PropertyMap{}
	if k.outputs != nil {
		for key, value := range k.outputs(name) {
			out[resource.PropertyKey(key)] = resource.NewStringProperty(value)
		}
	}
	if k.more != nil {
		for key, value := range k.more(name, in) {
			out[key] = value
		}
	}
	return out, nil
}
