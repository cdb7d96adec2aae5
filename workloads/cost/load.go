package cost

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"gopkg.in/yaml.v3"
)

// Load is what a grid has to do. Numbers are 0..1e12.
type Load struct {
	// JobsPerDay are shared evenly by the fleets that Fleets does not name, and
	// come in as many batches; between batches a fleet may go to sleep.
	JobsPerDay    float64 `yaml:"jobs_per_day" json:"jobs_per_day"`
	BatchesPerDay float64 `yaml:"batches_per_day" json:"batches_per_day"`
	SecondsPerJob float64 `yaml:"seconds_per_job" json:"seconds_per_job"`
	// StoredGiB lie on the volume, ProgramsGiB in buckets and registries.
	StoredGiB   float64 `yaml:"stored_gib" json:"stored_gib"`
	ProgramsGiB float64 `yaml:"programs_gib" json:"programs_gib"`
	// What a job reads from the volume, writes to it and exchanges with the
	// world, by a NAT gateway or endpoints.
	ReadMiBPerJob    float64 `yaml:"read_mib_per_job" json:"read_mib_per_job"`
	WrittenMiBPerJob float64 `yaml:"written_mib_per_job" json:"written_mib_per_job"`
	WayOutMiBPerJob  float64 `yaml:"way_out_mib_per_job" json:"way_out_mib_per_job"`
	LogKiBPerJob     float64 `yaml:"log_kib_per_job" json:"log_kib_per_job"`
	// FlowLogMiBPerMachineHour is what the network's flow log gets.
	FlowLogMiBPerMachineHour float64 `yaml:"flow_log_mib_per_machine_hour" json:"flow_log_mib_per_machine_hour"`
	// CallsPerDay are those of each function, beside its schedules.
	CallsPerDay    float64 `yaml:"calls_per_day" json:"calls_per_day"`
	SecondsPerCall float64 `yaml:"seconds_per_call" json:"seconds_per_call"`
	// Fleets have a load of their own, by the fleet's name, such as grid-spot.
	Fleets map[string]FleetLoad `yaml:"fleets" json:"fleets,omitempty"`
}

// FleetLoad is the load of one fleet.
type FleetLoad struct {
	JobsPerDay    float64 `yaml:"jobs_per_day" json:"jobs_per_day"`
	SecondsPerJob float64 `yaml:"seconds_per_job" json:"seconds_per_job"`
}

// DefaultLoad is a small grid's: a thousand jobs of a minute a day, in four
// batches.
func DefaultLoad() Load {
	return Load{
		JobsPerDay: 1000, BatchesPerDay: 4, SecondsPerJob: 60, StoredGiB: 10, ProgramsGiB: 0.2,
		ReadMiBPerJob: 1, WrittenMiBPerJob: 1, WayOutMiBPerJob: 0.1, LogKiBPerJob: 4, FlowLogMiBPerMachineHour: 1,
		CallsPerDay: 100, SecondsPerCall: 0.2,
	}
}

// ReadLoad reads a load from YAML or JSON; what it leaves out is that of base. The
// error lists every fault.
func ReadLoad(r io.Reader, base Load) (Load, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxLoadBytes))
	if err != nil {
		return Load{}, fmt.Errorf("reading the load: %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	l := base
	if err := d.Decode(&l); err != nil && !errors.Is(err, io.EOF) {
		return Load{}, fmt.Errorf("decoding the load: %w", err)
	}
	return l, l.Check()
}

const maxLoadBytes = 1 << 20

// Check returns every fault of the load, joined, or nil.
func (l Load) Check() error {
	var errs []error
	check := func(name string, n, least float64) {
		if !(n >= least && n <= mostOf) {
			errs = append(errs, fmt.Errorf("%s is %v, want %v..%g", name, n, least, mostOf))
		}
	}
	for _, f := range []struct {
		name string
		n    float64
	}{
		{"jobs_per_day", l.JobsPerDay}, {"batches_per_day", l.BatchesPerDay}, {"stored_gib", l.StoredGiB},
		{"programs_gib", l.ProgramsGiB}, {"read_mib_per_job", l.ReadMiBPerJob}, {"written_mib_per_job", l.WrittenMiBPerJob},
		{"way_out_mib_per_job", l.WayOutMiBPerJob}, {"log_kib_per_job", l.LogKiBPerJob},
		{"flow_log_mib_per_machine_hour", l.FlowLogMiBPerMachineHour}, {"calls_per_day", l.CallsPerDay},
		{"seconds_per_call", l.SecondsPerCall},
	} {
		check(f.name, f.n, 0)
	}
	check("seconds_per_job", l.SecondsPerJob, leastSeconds)
	for _, name := range slices.Sorted(maps.Keys(l.Fleets)) {
		check("fleets."+name+".jobs_per_day", l.Fleets[name].JobsPerDay, 0)
		check("fleets."+name+".seconds_per_job", l.Fleets[name].SecondsPerJob, leastSeconds)
	}
	return errors.Join(errs...)
}

// leastSeconds is the shortest job: how many a full fleet does is divided by it.
const leastSeconds = 0.001
