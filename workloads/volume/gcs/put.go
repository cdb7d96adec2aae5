package gcs

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// resource is what is told of an object when it is written.
type resource struct {
	Name     string            `json:"name"`
	CRC32C   string            `json:"crc32c"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Put implements volume.Driver. It sends the object with its metadata in one
// request, as https://cloud.google.com/storage/docs/uploading-objects describes for
// multipart uploads.
func (d *Driver) Put(ctx context.Context, key string, data []byte, o volume.PutOptions) error {
	about := resource{Name: key, CRC32C: checksum(crc32.Checksum(data, castagnoli))}
	if o.Claim != "" {
		about.Metadata = map[string]string{claimKey: o.Claim}
	}
	head, err := json.Marshal(about)
	if err != nil {
		return err
	}
	query := url.Values{"uploadType": {"multipart"}, "fields": {"generation"}}
	if o.Once {
		query.Set("ifGenerationMatch", "0")
	}
	boundary := rand.Text()
	before := fmt.Appendf(nil, "--%[1]s\r\nContent-Type: application/json\r\n\r\n%[2]s\r\n--%[1]s\r\nContent-Type: application/octet-stream\r\n\r\n", boundary, head)
	after := fmt.Appendf(nil, "\r\n--%s--\r\n", boundary)
	answer, err := d.client.Send(ctx, rest.Raw{
		Method: http.MethodPost, Path: "upload/" + d.path(""), Query: query,
		Header:    http.Header{"Content-Type": {"multipart/related; boundary=" + boundary}},
		Body:      io.MultiReader(bytes.NewReader(before), bytes.NewReader(data), bytes.NewReader(after)),
		BodyBytes: int64(len(before) + len(data) + len(after)),
	})
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is a CRC as Cloud Storage writes it: big-endian, in base64.
func checksum(sum uint32) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// body checks what is read against the checksum that came along.
type body struct {
	io.ReadCloser
	sum  uint32
	want string // "": none came along
}

func checked(answer *http.Response) *body {
	b := &body{ReadCloser: answer.Body}
	for _, header := range answer.Header.Values("X-Goog-Hash") {
		for part := range strings.SplitSeq(header, ",") {
			if sum, ok := strings.CutPrefix(strings.TrimSpace(part), "crc32c="); ok {
				b.want = sum
			}
		}
	}
	return b
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.sum = crc32.Update(b.sum, castagnoli, p[:n])
	switch {
	case err == io.EOF && b.want != "" && b.want != checksum(b.sum):
		return n, errSpoilt
	case err != nil && err != io.EOF:
		return n, &readError{err}
	}
	return n, err
}
