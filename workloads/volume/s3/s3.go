// Package s3 is the volume driver for Amazon S3, and for services that speak its
// API with conditional writes. Buckets are declared elsewhere.
//
// What is made once is written with If-None-Match: *, which S3 refuses with 412 if
// there is an object, and with 409 while another write of the key is under way
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
// Contents are checked against their CRC-32, which the SDK sends and S3 keeps.
//
// It calls s3:GetObject, s3:PutObject and s3:DeleteObject on the objects, and
// s3:ListBucket on the bucket, without which S3 answers 403 for what is not there.
package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// claimKey is the metadata that holds a claim.
const claimKey = "spotgrid-claim"

// Driver is one bucket. It is safe for concurrent use.
type Driver struct {
	client *awss3.Client
	bucket string
}

var (
	_ volume.Driver = (*Driver)(nil)
	_ volume.Opener = Open
)

// Open makes the driver of a volume at s3://BUCKET/PREFIX?region=REGION. The
// environment variables AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_S3 send the calls
// elsewhere; then the bucket is named by the path and not by the host. Credentials
// are those of package awsclient.
func Open(ctx context.Context, bucket string, parameters url.Values) (volume.Driver, error) {
	if err := check(bucket, parameters); err != nil {
		return nil, err
	}
	cfg, err := awsclient.Config(ctx, parameters.Get("region"))
	if err != nil {
		return nil, err
	}
	client := awss3.NewFromConfig(cfg, func(o *awss3.Options) {
		o.Retryer = aws.NopRetryer{} // the volume retries
		o.UsePathStyle = o.BaseEndpoint != nil
		o.DisableLogOutputChecksumValidationSkipped = true
	})
	return &Driver{client, bucket}, nil
}

var (
	// Source: "General purpose bucket naming rules" in the S3 user guide.
	bucketPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	regionPattern = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d+$`)
)

func check(bucket string, parameters url.Values) error {
	var errs []error
	if !bucketPattern.MatchString(bucket) {
		errs = append(errs, fmt.Errorf("bucket is %q, want 3..63 lowercase letters, digits, dots and hyphens", bucket))
	}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if name != "region" {
			errs = append(errs, fmt.Errorf("parameter %q is not known, want region", name))
		}
	}
	if regions := parameters["region"]; len(regions) != 1 || !regionPattern.MatchString(regions[0]) {
		errs = append(errs, fmt.Errorf("region is %q, want one such as region=eu-central-1", strings.Join(regions, " ")))
	}
	return errors.Join(errs...)
}

// Put implements volume.Driver.
func (d *Driver) Put(ctx context.Context, key string, data []byte, o volume.PutOptions) error {
	in := &awss3.PutObjectInput{Bucket: &d.bucket, Key: &key, Body: bytes.NewReader(data)}
	if o.Once {
		in.IfNoneMatch = aws.String("*")
	}
	if o.Claim != "" {
		in.Metadata = map[string]string{claimKey: o.Claim}
	}
	_, err := d.client.PutObject(ctx, in)
	return err
}

// Get implements volume.Driver.
func (d *Driver) Get(ctx context.Context, key string) (volume.Body, error) {
	out, err := d.client.GetObject(ctx, &awss3.GetObjectInput{Bucket: &d.bucket, Key: &key})
	if err != nil {
		return volume.Body{}, err
	}
	size := int64(-1)
	if out.ContentLength != nil {
		size = *out.ContentLength
	}
	return volume.Body{ReadCloser: body{out.Body}, Bytes: size}, nil
}

// Claim implements volume.Driver.
func (d *Driver) Claim(ctx context.Context, key string) (string, error) {
	out, err := d.client.HeadObject(ctx, &awss3.HeadObjectInput{Bucket: &d.bucket, Key: &key})
	if err != nil {
		return "", err
	}
	return out.Metadata[claimKey], nil
}

// List implements volume.Driver: 1000 keys at a time.
func (d *Driver) List(ctx context.Context, prefix, start string) (keys []string, next string, err error) {
	in := &awss3.ListObjectsV2Input{Bucket: &d.bucket, Prefix: &prefix}
	if start != "" {
		in.ContinuationToken = &start
	}
	out, err := d.client.ListObjectsV2(ctx, in)
	if err != nil {
		return nil, "", err
	}
	for _, o := range out.Contents {
		keys = append(keys, aws.ToString(o.Key))
	}
	if aws.ToBool(out.IsTruncated) {
		next = aws.ToString(out.NextContinuationToken)
	}
	return keys, next, nil
}

// Delete implements volume.Driver.
func (d *Driver) Delete(ctx context.Context, key string) error {
	_, err := d.client.DeleteObject(ctx, &awss3.DeleteObjectInput{Bucket: &d.bucket, Key: &key})
	return err
}

// Kind implements volume.Driver.
func (d *Driver) Kind(err error) volume.Kind { return kindOf(err) }
