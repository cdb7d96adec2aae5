package scaler_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/scaler"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }

// two is a fleet of two ranks, and a group for people only.
func two() scaler.Fleet {
	return scaler.Fleet{
		Name: "workers", JobsPerWorker: 2, MaxWorkers: 10, PatienceSeconds: 180, QuietSeconds: 900,
		Groups: []scaler.Group{{URL: "g/a", MaxWorkers: 10}, {URL: "g/b", MaxWorkers: 6}, {URL: "g/demand", MaxWorkers: 0}},
	}
}

// counted is a backlog that was counted a minute ago.
func counted(jobs int) []scaler.Point { return []scaler.Point{{At: ago(time.Minute), Jobs: jobs}} }

// quiet is a backlog without jobs for twenty minutes.
func quiet() (points []scaler.Point) {
	for i := range 20 {
		points = append(points, scaler.Point{At: ago(time.Duration(i+1) * time.Minute)})
	}
	return points
}

func size(target, running int) scaler.State {
	return scaler.State{Size: scaler.Size{Target: target, Running: running}}
}

// short is a group that gets no machines for some time.
func short(target, running int, since time.Duration) scaler.State {
	s := size(target, running)
	s.ShortSince, s.FailedAt = ago(since), ago(time.Minute)
	return s
}

// large is a group that has been above its minimum for some time.
func large(target, running int, since time.Duration) scaler.State {
	s := size(target, running)
	s.LargeSince = ago(since)
	return s
}

func TestDecide(t *testing.T) {
	t.Parallel()
	withMinimum := func(f *scaler.Fleet) { f.Groups[0].MinWorkers, f.Groups[1].MinWorkers = 2, 1 }
	none := size(0, 0)
	for name, c := range map[string]struct {
		fleet  func(*scaler.Fleet)
		points []scaler.Point
		groups []scaler.State
		want   string
		why    string
	}{
		"nobody counted":            {nil, nil, []scaler.State{none, none, none}, "[]", "nobody counted the jobs"},
		"an old count":              {nil, []scaler.Point{{At: ago(6 * time.Minute), Jobs: 9}}, []scaler.State{none, none, none}, "[]", "nobody counted the jobs"},
		"groups unseen":             {nil, counted(9), nil, "[]", "the groups cannot be seen"},
		"the first job":             {nil, counted(1), []scaler.State{none, none, none}, "[raise a 0→1]", "1 more machines"},
		"jobs, rounded up":          {nil, counted(9), []scaler.State{none, none, none}, "[raise a 0→5]", "5 more machines"},
		"no more than the maximum":  {nil, counted(900), []scaler.State{none, none, none}, "[raise a 0→10]", ""},
		"enough is asked for":       {nil, counted(9), []scaler.State{size(5, 0), none, none}, "[]", "as many machines as are wanted"},
		"more than is wanted":       {nil, counted(1), []scaler.State{size(5, 5), size(3, 3), none}, "[]", "those without work leave by themselves"},
		"machines by hand count":    {nil, counted(9), []scaler.State{none, none, size(3, 3)}, "[raise a 0→2]", ""},
		"the next rank":             {func(f *scaler.Fleet) { f.Groups[0].MaxWorkers = 3 }, counted(9), []scaler.State{none, none, none}, "[raise a 0→3 raise b 0→2]", ""},
		"all full":                  {func(f *scaler.Fleet) { f.Groups[0].MaxWorkers, f.Groups[1].MaxWorkers = 2, 1 }, counted(9), []scaler.State{size(2, 2), size(1, 1), none}, "[]", "as large as they may be"},
		"short, but not for long":   {nil, counted(9), []scaler.State{short(5, 1, time.Minute), none, none}, "[]", "as many machines"},
		"dry":                       {nil, counted(9), []scaler.State{short(5, 1, 4*time.Minute), none, none}, "[cancel a 5→1 raise b 0→4]", "4 machines of groups without capacity are asked of the next ones"},
		"dry, the next has less":    {nil, counted(20), []scaler.State{short(10, 1, 4*time.Minute), none, none}, "[cancel a 10→4 raise b 0→6]", ""},
		"all dry":                   {nil, counted(9), []scaler.State{short(3, 1, 4*time.Minute), short(2, 0, 4*time.Minute), none}, "[]", "those that were asked keep trying"},
		"all dry and more wanted":   {nil, counted(12), []scaler.State{short(3, 1, 4*time.Minute), short(2, 0, 4*time.Minute), none}, "[raise a 3→4]", ""},
		"it failed just now":        {nil, counted(9), []scaler.State{{Size: scaler.Size{Target: 1, Running: 1}, FailedAt: ago(9 * time.Minute)}, none, none}, "[raise b 0→4]", ""},
		"it failed a while ago":     {nil, counted(9), []scaler.State{{Size: scaler.Size{Target: 1, Running: 1}, FailedAt: ago(10 * time.Minute)}, none, none}, "[raise a 1→5]", ""},
		"preempted, comes again":    {nil, counted(9), []scaler.State{size(5, 0), none, none}, "[]", ""},
		"far above by hand":         {nil, counted(99), []scaler.State{size(10, 10), size(9, 9), none}, "[]", ""},
		"idle, not for long":        {nil, append(counted(0), scaler.Point{At: ago(10 * time.Minute), Jobs: 1}, scaler.Point{At: ago(20 * time.Minute)}), []scaler.State{large(5, 5, time.Hour), none, none}, "[]", "leave by themselves"},
		"idle, some never came":     {nil, append(counted(0), scaler.Point{At: ago(2 * time.Minute), Jobs: 1}), []scaler.State{short(5, 2, 4*time.Minute), size(3, 0), none}, "[cancel a 5→2]", "3 machines that have not come"},
		"quiet":                     {nil, quiet(), []scaler.State{large(5, 2, time.Hour), none, large(1, 1, time.Hour)}, "[rest a 5→0 rest demand 1→0]", "no job has waited or run for 20m0s"},
		"quiet, asked for just now": {nil, quiet(), []scaler.State{large(5, 2, time.Minute), none, none}, "[]", "when they have been above it for so long"},
		"quiet at rest":             {nil, quiet(), []scaler.State{none, none, none}, "[]", ""},
		"down to the minimum":       {withMinimum, quiet(), []scaler.State{large(5, 5, time.Hour), large(1, 1, time.Hour), none}, "[rest a 5→2]", ""},
		"up to the minimum":         {withMinimum, quiet(), []scaler.State{none, size(1, 1), none}, "[raise a 0→2]", ""},
		"the minimum does for some": {withMinimum, counted(5), []scaler.State{size(2, 2), size(1, 1), none}, "[]", ""},
		"a dry minimum stands":      {withMinimum, counted(7), []scaler.State{short(2, 0, 4*time.Minute), size(1, 1), none}, "[raise b 1→4]", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := two()
			if c.fleet != nil {
				c.fleet(&f)
			}
			d := scaler.Decide(now, f, scaler.Observed{Backlog: c.points, Groups: c.groups})
			assert.Equal(t, c.want, fmt.Sprint(d.Changes))
			assert.Contains(t, d.Why, c.why)
		})
	}
}

func TestDecisionSaysWhatItIsMadeOf(t *testing.T) {
	t.Parallel()
	d := scaler.Decide(now, two(), scaler.Observed{Backlog: counted(9), Groups: []scaler.State{short(5, 1, time.Hour), size(0, 0), size(0, 0)}})
	assert.Equal(t, scaler.Decision{
		Fleet: "workers", Jobs: 9, MeasuredAt: ago(time.Minute), Wanted: 5, Dry: []string{"g/a"},
		Groups:  map[string]scaler.Size{"g/a": {Target: 5, Running: 1}, "g/b": {}, "g/demand": {}},
		Changes: []scaler.Change{{Group: "g/a", Action: scaler.Cancel, From: 5, To: 1}, {Group: "g/b", Action: scaler.Raise, From: 0, To: 4}},
		Why:     "4 machines of groups without capacity are asked of the next ones",
	}, d)
}

// anyFleet and anyState are random but valid.
func anyFleet(r *rand.Rand) scaler.Fleet {
	f := scaler.Fleet{Name: "f", JobsPerWorker: 1 + r.IntN(4), MaxWorkers: 1 + r.IntN(30), PatienceSeconds: 60 + r.IntN(300), QuietSeconds: 600 + r.IntN(600)}
	spare := f.MaxWorkers
	for i := range 1 + r.IntN(5) {
		g := scaler.Group{URL: fmt.Sprint("g/", i), MaxWorkers: r.IntN(20)}
		if r.IntN(3) == 0 {
			g.MinWorkers = r.IntN(min(g.MaxWorkers, spare) + 1)
			spare -= g.MinWorkers
		}
		f.Groups = append(f.Groups, g)
	}
	return f
}

func anyTime(r *rand.Rand) time.Time {
	if r.IntN(3) == 0 {
		return time.Time{}
	}
	return ago(time.Duration(r.IntN(1800)) * time.Second)
}

func anyState(r *rand.Rand) scaler.State {
	s := size(r.IntN(20), 0)
	s.Running = r.IntN(s.Target + 2)
	s.FailedAt, s.LargeSince = anyTime(r), anyTime(r)
	if s.Running < s.Target {
		s.ShortSince = anyTime(r)
	}
	return s
}

func anyBacklog(r *rand.Rand) (points []scaler.Point) {
	busy := r.IntN(2) == 0
	for i := range r.IntN(30) {
		p := scaler.Point{At: ago(time.Duration(i)*time.Minute + time.Duration(r.IntN(300))*time.Second)}
		if busy || r.IntN(10) == 0 {
			p.Jobs = r.IntN(60)
		}
		points = append(points, p)
	}
	return points
}

func observe(r *rand.Rand, f scaler.Fleet) (o scaler.Observed) {
	o.Backlog = anyBacklog(r)
	for range f.Groups {
		o.Groups = append(o.Groups, anyState(r))
	}
	return o
}

// after is the state when the changes are made and no machine has moved yet.
func after(f scaler.Fleet, o scaler.Observed, d scaler.Decision) scaler.Observed {
	next := scaler.Observed{Backlog: o.Backlog, Groups: append([]scaler.State(nil), o.Groups...)}
	for _, c := range d.Changes {
		for i, g := range f.Groups {
			if g.URL == c.Group {
				next.Groups[i].Target = c.To
				if c.Action == scaler.Rest {
					next.Groups[i].Running = min(next.Groups[i].Running, c.To)
				}
				if s := o.Groups[i]; !s.ShortSince.IsZero() && now.Sub(s.ShortSince) >= time.Duration(f.PatienceSeconds)*time.Second {
					next.Groups[i].FailedAt = now
				}
				if next.Groups[i].Running >= c.To {
					next.Groups[i].ShortSince = time.Time{}
				}
			}
		}
	}
	return next
}

func sum(o scaler.Observed) (n int) {
	for _, s := range o.Groups {
		n += s.Target
	}
	return n
}

const tries = 20_000

func TestPropertiesOfOneDecision(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	counts := map[scaler.Action]int{}
	for range tries {
		f := anyFleet(r)
		o := observe(r, f)
		d := scaler.Decide(now, f, o)
		next := after(f, o, d)
		say := fmt.Sprintf("%+v\n%+v\n%+v", f, o, d)
		require.LessOrEqual(t, sum(next), max(sum(o), f.MaxWorkers), "above the maximum: %s", say)
		for i, g := range f.Groups {
			was, is := o.Groups[i], next.Groups[i]
			if is.Target > was.Target {
				require.LessOrEqual(t, is.Target, g.MaxWorkers, say)
			}
			if is.Target < was.Target {
				require.GreaterOrEqual(t, is.Target, g.MinWorkers, say)
				if d.Jobs > 0 {
					require.GreaterOrEqual(t, is.Target, was.Running, "a running machine is taken away from work: %s", say)
				}
			}
		}
		if d.Jobs < 0 {
			require.Empty(t, d.Changes, say)
		}
		for _, c := range d.Changes {
			counts[c.Action]++
		}
		require.Empty(t, scaler.Decide(now, f, next).Changes, "deciding again changes something: %s", say)
	}
	for _, a := range []scaler.Action{scaler.Raise, scaler.Cancel, scaler.Rest} {
		assert.Greater(t, counts[a], tries/100, "%s was tried", a)
	}
}

func TestMoreJobsNeverMeanFewerMachines(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range tries {
		f := anyFleet(r)
		o := observe(r, f)
		jobs := r.IntN(60)
		var sums [2]int
		for i, n := range []int{jobs, jobs + 1 + r.IntN(10)} {
			o.Backlog = counted(n)
			sums[i] = sum(after(f, o, scaler.Decide(now, f, o)))
		}
		require.LessOrEqual(t, sums[0], sums[1], "%d jobs: %+v\n%+v", jobs, f, o)
	}
}

func TestWantedMachinesAreAskedForWhereThereIsRoom(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range tries {
		f := anyFleet(r)
		o := observe(r, f)
		d := scaler.Decide(now, f, o)
		if d.Jobs <= 0 {
			continue
		}
		next := after(f, o, d)
		room := 0
		for i, g := range f.Groups {
			room += max(0, g.MaxWorkers-next.Groups[i].Target)
		}
		require.GreaterOrEqual(t, sum(next)+room, min(d.Wanted, sum(next)+room))
		if room > 0 {
			require.GreaterOrEqual(t, sum(next), d.Wanted, "%+v\n%+v\n%+v", f, o, d)
		}
	}
}
