package volumetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/volume"
)

// runObjects is for object storage, of which the driver can be had.
func runObjects(t *testing.T, h Harness) {
	where, err := url.Parse(h.NewURL(t))
	require.NoError(t, err)
	if where.Scheme == "file" {
		t.Skip("a folder has no driver")
	}
	d, err := h.Openers[where.Scheme](t.Context(), where.Host, where.Query())
	require.NoError(t, err)
	for name, test := range map[string]func(*testing.T, volume.Driver, string){
		"one of many writes makes an object": putOnce,
		"objects are written and read":       putGet,
		"what is not there":                  absent,
		"keys are listed by page":            pages,
		"a call ends with its context":       cancelledCall,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(h.NewURL(t))
			require.NoError(t, err)
			test(t, d, u.Path[1:]+"/")
		})
	}
	t.Run("one commit is first though answers are lost", func(t *testing.T) {
		t.Parallel()
		lostAnswers(t, h)
	})
}

func putOnce(t *testing.T, d volume.Driver, prefix string) {
	var made, refused atomic.Int32
	var writing sync.WaitGroup
	for i := range 16 {
		writing.Go(func() {
			for {
				claim := fmt.Sprint("claim", i)
				err := d.Put(t.Context(), prefix+"k", []byte(claim), volume.PutOptions{Once: true, Claim: claim})
				switch {
				case err == nil:
					made.Add(1)
				case d.Kind(err) == volume.KindExists:
					refused.Add(1)
				case d.Kind(err) == volume.KindThrottled: // another write is under way
					continue
				default:
					assert.NoError(t, err)
				}
				return
			}
		})
	}
	writing.Wait()
	assert.Equal(t, []int32{1, 15}, []int32{made.Load(), refused.Load()})
	claim, err := d.Claim(t.Context(), prefix+"k")
	require.NoError(t, err)
	assert.Equal(t, claim, string(content(t, d, prefix+"k")), "content and claim are of one write")
}

func content(t *testing.T, d volume.Driver, key string) []byte {
	t.Helper()
	body, err := d.Get(t.Context(), key)
	require.NoError(t, err)
	data, err := io.ReadAll(body)
	require.NoError(t, err)
	require.NoError(t, body.Close())
	if body.Bytes >= 0 {
		assert.Len(t, data, int(body.Bytes))
	}
	return data
}

func putGet(t *testing.T, d volume.Driver, prefix string) {
	for key, data := range map[string][]byte{
		"empty": {}, "text": []byte("a\r\nb"), "any": {0, 255, '\r', '\n', '-', '-'}, "a/b.c/d-e_f": []byte("deep"),
		"large": bytes.Repeat([]byte("0123456789"), 100_000),
	} {
		require.NoError(t, d.Put(t.Context(), prefix+key, []byte("to be replaced"), volume.PutOptions{Claim: "c"}), key)
		require.NoError(t, d.Put(t.Context(), prefix+key, data, volume.PutOptions{}), key)
		assert.True(t, bytes.Equal(data, content(t, d, prefix+key)), key)
		claim, err := d.Claim(t.Context(), prefix+key)
		require.NoError(t, err)
		assert.Empty(t, claim, "the claim of what was replaced")
	}
}

func absent(t *testing.T, d volume.Driver, prefix string) {
	_, err := d.Get(t.Context(), prefix+"none")
	assert.Equal(t, volume.KindNotFound, d.Kind(err), "%v", err)
	_, err = d.Claim(t.Context(), prefix+"none")
	assert.Equal(t, volume.KindNotFound, d.Kind(err), "%v", err)
	assert.NoError(t, d.Delete(t.Context(), prefix+"none"))
	keys, next, err := d.List(t.Context(), prefix, "")
	require.NoError(t, err)
	assert.Empty(t, keys)
	assert.Empty(t, next)

	require.NoError(t, d.Put(t.Context(), prefix+"k", nil, volume.PutOptions{Once: true}))
	require.NoError(t, d.Delete(t.Context(), prefix+"k"))
	require.NoError(t, d.Put(t.Context(), prefix+"k", nil, volume.PutOptions{Once: true}), "what was deleted can be made anew")
}

func pages(t *testing.T, d volume.Driver, prefix string) {
	const objects = 1003 // a page has 1000
	var writing sync.WaitGroup
	places := make(chan struct{}, 16)
	for i := range objects {
		places <- struct{}{}
		writing.Go(func() {
			assert.NoError(t, d.Put(t.Context(), fmt.Sprintf("%sa/%d", prefix, i), nil, volume.PutOptions{}))
			<-places
		})
	}
	writing.Wait()
	require.NoError(t, d.Put(t.Context(), prefix+"ab", nil, volume.PutOptions{}))
	seen := map[string]int{}
	count := 0
	for start, more := "", true; more; more = start != "" {
		keys, next, err := d.List(t.Context(), prefix+"a/", start)
		require.NoError(t, err)
		for _, key := range keys {
			seen[key]++
		}
		count, start = count+1, next
	}
	assert.Len(t, seen, objects)
	assert.NotContains(t, seen, prefix+"ab")
	assert.Equal(t, 1, seen[prefix+"a/1002"])
	assert.Greater(t, count, 1)
}

func cancelledCall(t *testing.T, d volume.Driver, prefix string) {
	ctx := ended(t)
	_, get := d.Get(ctx, prefix+"k")
	_, claim := d.Claim(ctx, prefix+"k")
	_, _, list := d.List(ctx, prefix, "")
	for what, err := range map[string]error{
		"Get": get, "Claim": claim, "List": list, "Put": d.Put(ctx, prefix+"k", nil, volume.PutOptions{}), "Delete": d.Delete(ctx, prefix+"k"),
	} {
		assert.Equal(t, volume.KindCanceled, d.Kind(err), "%s: %v", what, err)
	}
}

// errLost is how a call ends whose answer is lost.
var errLost = errors.New("the answer was lost")

// lossy loses the first request to write each object, the answer to the second,
// and the first answer that tells a claim.
type lossy struct {
	volume.Driver
	mu    *sync.Mutex
	calls map[string]int
}

// count counts a call.
func (l lossy) count(call string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls[call]++
	return l.calls[call]
}

func (l lossy) Put(ctx context.Context, key string, data []byte, o volume.PutOptions) error {
	switch l.count("put " + key) {
	case 1:
		return errLost
	case 2:
		_ = l.Driver.Put(ctx, key, data, o) // how it ended is not known
		return errLost
	}
	return l.Driver.Put(ctx, key, data, o)
}

func (l lossy) Claim(ctx context.Context, key string) (string, error) {
	if l.count("claim "+key) == 1 {
		return "", errLost
	}
	return l.Driver.Claim(ctx, key)
}

func (l lossy) Kind(err error) volume.Kind {
	if errors.Is(err, errLost) {
		return volume.KindUnavailable
	}
	return l.Driver.Kind(err)
}

func lostAnswers(t *testing.T, h Harness) {
	p := newPlace(t, h)
	scheme := p.scheme(t)
	p.openers = volume.Openers{scheme: func(ctx context.Context, bucket string, parameters url.Values) (volume.Driver, error) {
		d, err := h.Openers[scheme](ctx, bucket, parameters)
		return lossy{d, new(sync.Mutex), map[string]int{}}, err
	}}
	race(t, p, 10, 4)
	first, err := p.again(t).CommitResult(record("alone", "w"))
	require.NoError(t, err)
	assert.True(t, first, "it was told of its own result that there is one")
}

// below is a URL below another.
func below(t *testing.T, above string) string {
	t.Helper()
	u, err := url.Parse(above)
	require.NoError(t, err)
	u.Path += "/inner"
	return u.String()
}
