package cost

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inOrder holds every number of an estimate: finite, 0 or more, low <= likely <=
// high, and the parts add up.
func inOrder(t *testing.T, e *Estimate) {
	t.Helper()
	ordered := func(what string, r Range) {
		if !(0 <= r.Low && r.Low <= r.Likely && r.Likely <= r.High && !math.IsInf(r.High, 0)) {
			t.Errorf("%s is %v, want 0 <= low <= likely <= high", what, r)
		}
	}
	var lines, parts Range
	for _, l := range e.Lines {
		ordered(l.Resource+" "+l.Item, l.MonthlyUSD)
		ordered(l.Resource+" "+l.Item+", quantity", l.Quantity)
		lines = lines.Plus(l.MonthlyUSD)
	}
	for _, p := range e.Parts {
		ordered(p.Component, p.MonthlyUSD)
		parts = parts.Plus(p.MonthlyUSD)
	}
	ordered("all", e.MonthlyUSD)
	assert.InEpsilon(t, 1+e.MonthlyUSD.High, 1+lines.High, 1e-9)
	assert.InEpsilon(t, 1+e.MonthlyUSD.High, 1+parts.High, 1e-9)
}

// atMost holds that one estimate costs no more than another in any case.
func atMost(t *testing.T, less, more *Estimate, why string) {
	t.Helper()
	const slack = 1 + 1e-12 // of adding up
	l, m := less.MonthlyUSD, more.MonthlyUSD
	assert.True(t, l.Low <= m.Low*slack && l.Likely <= m.Likely*slack && l.High <= m.High*slack, "%s: %v, then %v", why, l, m)
}

// randomLoad has numbers of all sizes, and none.
func randomLoad(r *rand.Rand) Load {
	n := func(most float64) float64 {
		if r.IntN(5) == 0 {
			return 0
		}
		return math.Exp(r.Float64()*math.Log(most*1000)) / 1000
	}
	return Load{
		JobsPerDay: n(1e7), BatchesPerDay: n(1000), SecondsPerJob: leastSeconds + n(1e5), StoredGiB: n(1e5), ProgramsGiB: n(100),
		ReadMiBPerJob: n(1e4), WrittenMiBPerJob: n(1e4), WayOutMiBPerJob: n(1e4), LogKiBPerJob: n(1e4),
		FlowLogMiBPerMachineHour: n(100), CallsPerDay: n(1e7), SecondsPerCall: n(900),
	}
}

const rounds = 60

func TestLowIsNeverAboveLikelyNorLikelyAboveHigh(t *testing.T) {
	t.Parallel()
	for _, name := range previews {
		random := rand.New(rand.NewPCG(1, uint64(len(name))))
		d := readPlan(t, name).After
		for range rounds {
			load := randomLoad(random)
			require.NoError(t, load.Check())
			inOrder(t, Of(d, book(t), load))
		}
	}
}

// withFleet is a deployment whose fleets, and their groups, have other bounds.
func withFleet(d Deployment, least, most float64) Deployment {
	var all []Resource
	for _, r := range d.Resources {
		inputs := map[string]any{}
		for k, v := range r.inputs {
			inputs[k] = v
		}
		switch r.Type {
		case fleetType:
			inputs["minWorkers"], inputs["maxWorkers"] = least, most
		case "aws:autoscaling/group:Group":
			inputs["minSize"], inputs["maxSize"] = least, most
		}
		r.inputs = inputs
		all = append(all, r)
	}
	return newDeployment(d.Stack, d.Config, all)
}

func TestMoreMachinesNeverCostLess(t *testing.T) {
	t.Parallel()
	for _, name := range previews {
		random := rand.New(rand.NewPCG(2, uint64(len(name))))
		d := readPlan(t, name).After
		for range rounds {
			load := randomLoad(random)
			least := float64(random.IntN(20))
			most := least + float64(random.IntN(50))
			fewer := Of(withFleet(d, least, most), book(t), load)
			atMost(t, fewer, Of(withFleet(d, least, most+1+float64(random.IntN(100))), book(t), load), name+": more at most")
			atMost(t, fewer, Of(withFleet(d, least+1, max(most, least+1)), book(t), load), name+": more at least")
		}
	}
}

func TestMoreWorkNeverCostsLess(t *testing.T) {
	t.Parallel()
	for _, name := range previews {
		random := rand.New(rand.NewPCG(3, uint64(len(name))))
		d := readPlan(t, name).After
		for range rounds {
			less := randomLoad(random)
			more := less
			for _, n := range []*float64{&more.JobsPerDay, &more.StoredGiB, &more.CallsPerDay, &more.ReadMiBPerJob, &more.WayOutMiBPerJob, &more.LogKiBPerJob} {
				*n += *n * random.Float64()
			}
			atMost(t, Of(d, book(t), less), Of(d, book(t), more), name)
		}
	}
}

// TestAResourceMoreNeverCostsLess takes each resource of a stack away by itself.
func TestAResourceMoreNeverCostsLess(t *testing.T) {
	t.Parallel()
	d := readPlan(t, "aws-prod").After
	for _, r := range d.Resources {
		if _, priced := rules[r.Type]; !priced || r.Type == fleetType {
			continue
		}
		var others []Resource
		for _, o := range d.Resources {
			if o.URN != r.URN {
				others = append(others, o)
			}
		}
		atMost(t, Of(newDeployment(d.Stack, d.Config, others), book(t), DefaultLoad()), Of(d, book(t), DefaultLoad()), r.Name())
	}
}

// FuzzEstimates: whatever a preview says, an estimate is made of it that is in
// order and can be printed.
func FuzzEstimates(f *testing.F) {
	for _, text := range []string{
		`{"steps":[{"op":"create","urn":"urn:pulumi:s::p::aws:ec2/eip:Eip::a","newState":{"urn":"urn:pulumi:s::p::aws:ec2/eip:Eip::a","type":"aws:ec2/eip:Eip","parent":"urn:pulumi:s::p::aws:ec2/eip:Eip::a","inputs":{"region":"us-east-1"}}}]}`,
		`{"steps":[{"op":"create","newState":{"type":"spotgrid:fleet:Fleet","inputs":{"maxWorkers":"1e999","slots":"NaN","idleSeconds":-5}}}]}`,
		`{"deployment":{"resources":[{"type":"gcp:cloudrunv2/service:Service","inputs":{"location":"us-central1","template":{"containers":[{"resources":{"limits":{"cpu":"-1e300","memory":"1e308Gi"}}}]}}}]}}`,
		`{"deployment":{"resources":[{"type":"aws:autoscaling/group:Group","inputs":{"region":"us-east-1","minSize":-1,"maxSize":1e300,"mixedInstancesPolicy":{"instancesDistribution":{"onDemandPercentageAboveBaseCapacity":9999},"launchTemplate":{"overrides":[{"instanceType":"c7g.large"}]}}}}]}}`,
		`{"deployment":{"resources":[{"type":"aws:scheduler/schedule:Schedule","inputs":{"region":"us-east-1","scheduleExpression":"rate(1e-300 minutes)"}}]}}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		e := Of(p.After, book(t), DefaultLoad())
		inOrder(t, e)
		var out bytes.Buffer
		require.NoError(t, NewReport(e).WriteMarkdown(&out))
		require.NoError(t, NewReport(e).WriteText(&out, true))
	})
}
