package naming

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"grid": true, "grid-jobs": true, "a1-b2-c3": true, strings.Repeat("a", MaxLength): true,
		"": false, "Grid": false, "1grid": false, "grid-": false, "grid--jobs": false,
		"grid_jobs": false, "grid jobs": false, "gridü": false, strings.Repeat("a", MaxLength+1): false,
	} {
		err := Check("queue", name)
		if ok {
			assert.NoError(t, err, name)
		} else if assert.Error(t, err, name) {
			assert.ErrorContains(t, err, "queue is named")
		}
	}
}

func TestChildCarriesItsParentsName(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "grid-jobs", Child("grid", "jobs"))
}
