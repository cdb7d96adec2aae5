package gridstatus_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/workloads/gridstatus"
)

// answering answers with the fleets it is asked for, and with an error.
type answering struct{ err error }

func (a answering) Fleets(_ context.Context, groups map[string]string) (all []gridstatus.Fleet, err error) {
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		all = append(all, gridstatus.Fleet{Name: name, Group: groups[name]})
	}
	return all, a.err
}

func TestEachCloudIsAskedForItsOwnFleets(t *testing.T) {
	t.Parallel()
	s := gridstatus.Split{
		Where:   map[string]string{"here": "aws", "there": "gcp", "apart": "aws", "lost": "moon"},
		Drivers: map[string]gridstatus.FleetDriver{"aws": answering{}, "gcp": answering{errors.New("no answer")}},
	}
	fleets, err := s.Fleets(t.Context(), map[string]string{"here": "asg-1", "there": "mig-1", "apart": "asg-2", "lost": "x"})
	assert.Equal(t, []gridstatus.Fleet{{Name: "apart", Group: "asg-2"}, {Name: "here", Group: "asg-1"}, {Name: "there", Group: "mig-1"}}, fleets)
	assert.ErrorContains(t, err, "on gcp: no answer")
	assert.ErrorContains(t, err, `fleet "lost" is in cloud "moon", want one of ["aws" "gcp"]`)
}
