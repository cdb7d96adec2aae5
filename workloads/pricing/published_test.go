package pricing

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tolerated is how far a list price may be from another source's.
const tolerated = 0.05

// TestMachinesCostWhatAnotherSourceSays compares the book's machines with those of
// prices.json, which come from SkyPilot's catalogue, made from the clouds' APIs by
// other means and on other days.
func TestMachinesCostWhatAnotherSourceSays(t *testing.T) {
	t.Parallel()
	table, err := Default()
	require.NoError(t, err)
	book, err := Embedded()
	require.NoError(t, err)
	for _, other := range table.Machines {
		m, ok := book.Machine(other.Cloud, other.Region, other.Type)
		require.True(t, ok, other.Type)
		assert.InEpsilon(t, other.OnDemandHourlyUSD, m.OnDemandHourlyUSD, tolerated, "%s on demand", other.Type)
		assert.Equal(t, other.VCPUs, m.VCPUs, other.Type)
		assert.InDelta(t, other.MemoryGiB, m.MemoryGiB, 1e-9, other.Type)
	}
}

// plainGoogle is a type of Google's that costs what its processors and memory cost.
var plainGoogle = regexp.MustCompile(`^([a-z0-9]+)-(standard|highmem|highcpu)-[0-9]+$`)

// TestGooglesMachinesCostTheirProcessorsAndMemory: of two types of a series the
// price of a processor and of a GiB follows, and then that of all others. Source of
// the rule: "VM instance pricing" of Compute Engine.
func TestGooglesMachinesCostTheirProcessorsAndMemory(t *testing.T) {
	t.Parallel()
	book, err := Embedded()
	require.NoError(t, err)
	series := map[[2]string][]Machine{}
	for _, m := range book.Machines {
		if words := plainGoogle.FindStringSubmatch(m.Type); m.Cloud == "gcp" && words != nil {
			key := [2]string{m.Region, words[1]}
			series[key] = append(series[key], m)
		}
	}
	checked := 0
	for key, machines := range series {
		processor, memory, ok := rates(machines)
		if !ok {
			continue // all types have as much memory for a processor
		}
		for _, m := range machines {
			assert.InEpsilon(t, float64(m.VCPUs)*processor+m.MemoryGiB*memory, m.OnDemandHourlyUSD, 0.001, "%s in %s", m.Type, key[0])
			checked++
		}
	}
	assert.Greater(t, checked, 500)

	// Google lists E2 in us-central1 at $0.02181159 a processor and $0.00292353 a GiB.
	processor, memory, ok := rates(series[[2]string{"us-central1", "e2"}])
	require.True(t, ok)
	assert.InEpsilon(t, 0.02181159, processor, 0.001)
	assert.InEpsilon(t, 0.00292353, memory, 0.001)
}

// rates solves for the prices of a processor and a GiB, of the first type and one
// that has more or less memory for a processor.
func rates(machines []Machine) (processor, memory float64, ok bool) {
	a := machines[0]
	for _, b := range machines[1:] {
		d := float64(a.VCPUs)*b.MemoryGiB - float64(b.VCPUs)*a.MemoryGiB
		if d == 0 {
			continue
		}
		processor = (a.OnDemandHourlyUSD*b.MemoryGiB - b.OnDemandHourlyUSD*a.MemoryGiB) / d
		memory = (float64(a.VCPUs)*b.OnDemandHourlyUSD - float64(b.VCPUs)*a.OnDemandHourlyUSD) / d
		return processor, memory, true
	}
	return 0, 0, false
}

// publishedByGoogle are list prices of us-central1, as Google's pricing pages have
// them: of Filestore, Cloud Storage, disks, Cloud Run, Pub/Sub ($40 a TiB), Cloud
// Logging, Cloud Scheduler, Cloud KMS, Cloud NAT and Artifact Registry.
var publishedByGoogle = map[string]float64{
	"filestore_basic_hdd_gib_month": 0.16, "filestore_basic_ssd_gib_month": 0.30, "filestore_zonal_gib_month": 0.25,
	"filestore_regional_gib_month": 0.45, "gcs_standard_gib_month": 0.02, "gcs_class_a_million": 5, "gcs_class_b_million": 0.40,
	"pd_standard_gib_month": 0.04, "pd_balanced_gib_month": 0.10, "pd_ssd_gib_month": 0.17, "run_vcpu_second": 0.000024,
	"run_memory_gib_second": 0.0000025, "run_requests_million": 0.40, "pubsub_throughput_gib": 40.0 / 1024, "log_ingestion_gib": 0.50,
	"log_retention_gib_month": 0.01, "scheduler_job_month": 0.10, "kms_key_version_month": 0.06, "nat_machine_hour": 0.0014,
	"nat_gib": 0.045, "nat_address_hour": 0.005, "artifact_storage_gib_month": 0.10,
}

func TestGooglesServicesCostWhatGooglePublishes(t *testing.T) {
	t.Parallel()
	book, err := Embedded()
	require.NoError(t, err)
	for item, want := range publishedByGoogle {
		p, ok := book.Find("gcp", "us-central1", item)
		require.True(t, ok, item)
		assert.InEpsilon(t, want, p.USD, tolerated, item)
	}
}

// TestTheBookIsSmall: all of it is in every program that estimates.
func TestTheBookIsSmall(t *testing.T) {
	t.Parallel()
	size := 0
	for _, part := range [][]byte{services, gcpServices, machineList, machineSources, prices} {
		size += len(part)
	}
	assert.Less(t, size, 300<<10)
}
