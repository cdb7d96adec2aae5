package leaseclock

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRecentForgetsTheOldest(t *testing.T) {
	t.Parallel()
	var r Recent
	require.False(t, r.Has("0"))
	for i := range RecentMost + 1 {
		r.Add(fmt.Sprint(i))
		r.Add(fmt.Sprint(i))
	}
	require.False(t, r.Has("0"))
	require.True(t, r.Has("1"))
	require.True(t, r.Has(fmt.Sprint(RecentMost)))
	require.Len(t, r.ids, RecentMost)
}
