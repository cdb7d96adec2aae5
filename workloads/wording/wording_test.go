package wording_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/workloads/wording"
)

func TestNumbersAreAsPeopleReadThem(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		wording.Count(0, "job"): "0 jobs", wording.Count(1, "job"): "1 job", wording.Count(2, "job"): "2 jobs",
		wording.Seconds(0.038): "38 ms", wording.Seconds(1): "1.0 s", wording.Seconds(119.9): "119.9 s", wording.Seconds(200): "3m20s",
		wording.USD(3.7e-7): "0.37 µ$", wording.USD(0.0363): "$0.03630", wording.USD(12.5): "$12.50",
		wording.Percent(0.314): "31 %",
	} {
		assert.Equal(t, want, got)
	}
}
