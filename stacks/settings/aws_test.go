package settings

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// validAWS is the least that a stack on AWS says.
func validAWS() config {
	return config{
		"spotgrid:target": "aws", "spotgrid:tags": `{"owner":"platform","costCentre":"4711"}`,
		"spotgrid:aws": `{"region":"us-east-1","zones":["us-east-1a","us-east-1b"]}`,
	}
}

// with adds parts to the object of a key.
func (c config) with(t *testing.T, key, parts string) config {
	t.Helper()
	object := map[string]any{}
	for _, text := range []string{c["spotgrid:"+key], parts} {
		if text != "" {
			require.NoError(t, json.Unmarshal([]byte(text), &object))
		}
	}
	encoded, err := json.Marshal(object)
	require.NoError(t, err)
	c["spotgrid:"+key] = string(encoded)
	return c
}

func TestAStackOnAWSHasDefaultsForAllButPlaceAndOwner(t *testing.T) {
	t.Parallel()
	c := validAWS()
	s, err := Load(c, c.keys())
	require.NoError(t, err)
	want := defaultAWS
	want.Region, want.Zones = "us-east-1", []string{"us-east-1a", "us-east-1b"}
	assert.Equal(t, want, s.AWS)
	assert.Equal(t, Tags{Owner: "platform", CostCentre: "4711"}, s.Tags)
	assert.False(t, s.Offline)
}

func TestEveryValueOfAWSIsRead(t *testing.T) {
	t.Parallel()
	c := validAWS().with(t, "aws", `{
		"cidr":"10.0.0.0/16","egress":"endpoints","endpointServices":["sqs"],"architecture":"amd64","encryption":"key","logDays":30,
		"flowLogDays":7,"backup":false,"tracing":true,"reserveConcurrency":false,"functionPackage":"image","bucket":"b","forceDelete":true,
		"machines":{"types":["c7i.large","m7i.large","r7i.large","c6i.large","m6i.large","r6i.large","c6a.large","m6a.large","r6a.large","c9x.large"],"onDemandBase":1,"onDemandPercent":20,"maxLifetimeDays":2,"rootGib":40,"allowUnknownTypes":true},
		"fleetMachines":{"big":{"requirements":{"minVcpus":8,"maxVcpus":16}}},"endpoint":"http://127.0.0.1:5000","without":["backup"]}`).
		with(t, "fleets", `{"big":{}}`).with(t, "functions", `{"quote":{
		"source":{"batchSize":100,"concurrency":5},"rights":["readAlarmHistory"],"schedules":[{"cron":"0 4 * * *","payload":"{\"jobs\":1}"}]}}`)
	c["spotgrid:offline"] = "true"
	s, err := Load(c, c.keys())
	require.NoError(t, err)
	assert.Equal(t, AWS{
		Region: "us-east-1", Zones: []string{"us-east-1a", "us-east-1b"}, CIDR: "10.0.0.0/16", Egress: "endpoints", EndpointServices: []string{"sqs"},
		Architecture: "amd64", Encryption: "key", LogDays: 30, FlowLogDays: 7, Tracing: true, FunctionPackage: "image", Bucket: "b", ForceDelete: true,
		Machines: Machines{Types: []string{"c7i.large", "m7i.large", "r7i.large", "c6i.large", "m6i.large", "r6i.large", "c6a.large", "m6a.large", "r6a.large", "c9x.large"}, OnDemandBase: 1, OnDemandPercent: 20, MaxLifetimeDays: 2, RootGiB: 40, AllowUnknownTypes: true},
		FleetMachines: map[string]Machines{"big": {MaxLifetimeDays: 7, RootGiB: 16, Requirements: &Requirements{
			MinVCPUs: 8, MaxVCPUs: 16, MinMemoryGiB: 4, MaxMemoryGiB: 16, SpotPriceProtectionPercent: 100, OnDemandPriceProtectionPercent: 20,
		}}},
		Endpoint: "http://127.0.0.1:5000", Without: []string{"backup"},
	}, s.AWS, "what is not said has its default, however deep")
	assert.True(t, s.Offline)
	quote := s.Functions["quote"]
	assert.Equal(t, []string{"readAlarmHistory"}, quote.Rights)
	assert.Equal(t, &QueueSource{LeaseSeconds: 60, MaxDeliveries: 20, RetentionHours: 96, BatchSize: 100, Concurrency: 5}, quote.Source)
	assert.Equal(t, []Schedule{{Cron: "0 4 * * *", Payload: `{"jobs":1}`}}, quote.Schedules)
}

func TestFaultsOfAWSAreNamedWithWhatIsAllowed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ key, parts, want string }{
		"no region":              {"aws", `{"region":""}`, `spotgrid:aws.region is not set`},
		"unknown region":         {"aws", `{"region":"us-east-7","zones":["us-east-7a"]}`, `spotgrid:aws.region is "us-east-7", want one of `},
		"no zones":               {"aws", `{"zones":[]}`, `spotgrid:aws.zones is empty, want two or more of the region's: us-east-1a`},
		"a zone it has not":      {"aws", `{"zones":["us-east-1a","us-east-1z"]}`, `spotgrid:aws.zones has "us-east-1z", want zones of us-east-1: us-east-1a, us-east-1b`},
		"unknown egress":         {"aws", `{"egress":"vpn"}`, `spotgrid:aws.egress is "vpn", want nat, endpoints`},
		"unknown architecture":   {"aws", `{"architecture":"mips"}`, `spotgrid:aws.architecture is "mips", want arm64, amd64`},
		"unknown encryption":     {"aws", `{"encryption":"none"}`, `spotgrid:aws.encryption is "none", want service, key`},
		"unknown package":        {"aws", `{"functionPackage":"tar"}`, `spotgrid:aws.functionPackage is "tar", want zip, image`},
		"machines of no fleet":   {"aws", `{"fleetMachines":{"large":{}}}`, `spotgrid:aws.fleetMachines.large is of no fleet`},
		"a type that is not":     {"aws", `{"machines":{"types":["c7g.large","m7g.large","r7g.large","c6g.large","m6g.large","r6g.large","c7gd.large","m7gd.large","r7gd.large","c7q.large"]}}`, `spotgrid:aws.machines.types: `},
		"too few types":          {"aws", `{"machines":{"types":["c7g.large"]}}`, `spotgrid:aws.machines.types are 1, want 10 or more`},
		"a short lease":          {"functions", `{"quote":{"timeoutSeconds":20,"source":{"leaseSeconds":90}}}`, `spotgrid:functions.quote.source.leaseSeconds is 90, want 120 or more: 6 times timeoutSeconds`},
		"a nested unknown part":  {"aws", `{"machines":{"type":["c7g.large"]}}`, `spotgrid:aws.machines.type is not known, want one of types, requirements`},
		"a nested wrong type":    {"aws", `{"machines":{"requirements":{"minVcpus":"two"}}}`, `spotgrid:aws.machines.requirements.minVcpus is "two", want a whole number`},
		"an item of wrong type":  {"aws", `{"endpointServices":["sqs",2]}`, `spotgrid:aws.endpointServices[2] is 2, want a text`},
		"a text for a list":      {"aws", `{"endpointServices":"us-east-1a"}`, `spotgrid:aws.endpointServices is "us-east-1a", want a list`},
		"an emulator's path":     {"aws", `{"endpoint":"127.0.0.1:5000"}`, `spotgrid:aws.endpoint is "127.0.0.1:5000", want http://HOST:PORT`},
		"left out what is not":   {"aws", `{"without":["everything"]}`, `spotgrid:aws.without is "everything", want backup, `},
		"nobody answers":         {"tags", `{"owner":""}`, `spotgrid:tags.owner is "", want who answers for the stack`},
		"a payer with a bracket": {"tags", `{"costCentre":"<x>"}`, `spotgrid:tags.costCentre is "<x>", want who pays for it`},
		"no schedule":            {"functions", `{"quote":{"schedules":[{"cron":"at noon"}]}}`, `spotgrid:functions.quote.schedules[1]: schedule is "at noon", want five fields`},
		"a payload that is none": {"functions", `{"quote":{"schedules":[{"cron":"* * * * *","payload":"{"}]}}`, `spotgrid:functions.quote.schedules[1].payload is "{", want JSON`},
		"a long source lease":    {"functions", `{"quote":{"source":{"leaseSeconds":43201}}}`, `spotgrid:functions.quote.source.leaseSeconds is 43201, want 10..43200`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := validAWS().with(t, c.key, c.parts)
			_, err := Load(cfg, cfg.keys())
			require.Error(t, err)
			assert.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, "has 1 fault:")
		})
	}
}

func TestOneMachineHasNeitherSourcesNorSchedules(t *testing.T) {
	t.Parallel()
	_, err := Load(config{"spotgrid:functions": `{"quote":{"source":{},"schedules":[{"cron":"* * * * *"}]}}`}, nil)
	assert.ErrorContains(t, err, "functions.quote.source is given, but on target local no queue calls a function")
	assert.ErrorContains(t, err, "functions.quote.schedules are given, but on target local no clock calls a function")
}
