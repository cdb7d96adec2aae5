package settings

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withPhotos is a grid in two clouds with a queue for jobs that need files on AWS.
func withPhotos(t *testing.T) config {
	t.Helper()
	return validMulticloud(t).with(t, "volume", `{"kind":"bucket","files":["aws"]}`).
		with(t, "queues", `{"photos":{"locality":"aws","leaseSeconds":90}}`).
		with(t, "fleets", `{"darkroom":{"cloud":"aws","queue":"photos"}}`)
}

func TestJobsThatNeedFilesHaveAQueueOfTheirOwn(t *testing.T) {
	t.Parallel()
	c := withPhotos(t)
	s, err := Load(c, c.keys())
	require.NoError(t, err)
	assert.Equal(t, LocalQueue{LeaseSeconds: 90, MaxDeliveries: 20, RetentionHours: 96, Locality: "aws"}, s.Queues["photos"])
	assert.Equal(t, []string{"darkroom"}, s.fleetsOn("photos"))
}

func TestAQueueWithALocalityIsForFleetsThere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ key, parts, want string }{
		"a fleet elsewhere":   {"fleets", `{"there":{"cloud":"gcp","queue":"photos"}}`, `spotgrid:fleets.there.queue is "photos", whose jobs need files on aws: want a fleet there`},
		"no such queue":       {"fleets", `{"there":{"cloud":"gcp","queue":"films"}}`, `spotgrid:fleets.there.queue is "films", want one of spotgrid:queues: photos`},
		"files nowhere":       {"queues", `{"photos":{"locality":"gcp"}}`, `spotgrid:queues.photos.locality is "gcp", want a cloud whose fleets have files: aws`},
		"nobody takes them":   {"queues", `{"films":{}}`, `spotgrid:queues.films is taken by no fleet, want one with queue: films`},
		"a lease that is not": {"queues", `{"photos":{"leaseSeconds":1}}`, `spotgrid:queues.photos.leaseSeconds is 1, want 10..43200`},
		"files of no cloud":   {"volume", `{"files":["aws","azure"]}`, `spotgrid:volume.files has "azure", want clouds of the stack`},
		"a part that is not":  {"queues", `{"photos":{"place":"aws"}}`, `spotgrid:queues.photos.place is not known, want one of leaseSeconds`},
		"a name that is not":  {"queues", `{"My Photos":{}}`, `spotgrid:queues.My Photos: the name`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := withPhotos(t).with(t, c.key, c.parts)
			_, err := Load(src, src.keys())
			assert.ErrorContains(t, err, c.want)
		})
	}
}
