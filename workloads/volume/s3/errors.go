package s3

import (
	"errors"
	"io"
	"net/http"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// codeKinds are the kinds of codes that S3 alone has, or that mean something else
// there. Sources: "Error responses" in the S3 API reference; the last ones are of
// MinIO and Ceph, which have quotas.
var codeKinds = map[string]volume.Kind{
	"PreconditionFailed": volume.KindExists,

	"NoSuchKey":    volume.KindNotFound,
	"NoSuchBucket": volume.KindNotFound,
	"NotFound":     volume.KindNotFound, // of HEAD, which has no body

	"InvalidAccessKeyId":           volume.KindDenied,
	"InvalidToken":                 volume.KindDenied,
	"AllAccessDisabled":            volume.KindDenied,
	"AccountProblem":               volume.KindDenied,
	"InvalidObjectState":           volume.KindDenied, // archived
	"RequestTimeTooSkewed":         volume.KindDenied, // this machine's clock is wrong
	"PermanentRedirect":            volume.KindDenied, // the bucket is in another region
	"AuthorizationHeaderMalformed": volume.KindDenied, // the same
	"IllegalLocationConstraint":    volume.KindDenied, // the same
	"KMS.DisabledException":        volume.KindDenied,
	"KMS.InvalidStateException":    volume.KindDenied,
	"KMS.NotFoundException":        volume.KindDenied,

	"SlowDown":                   volume.KindThrottled,
	"ConditionalRequestConflict": volume.KindThrottled, // another write of the key is under way
	"OperationAborted":           volume.KindThrottled,
	"KMS.ThrottlingException":    volume.KindThrottled,

	"InternalError":     volume.KindUnavailable,
	"TemporaryRedirect": volume.KindUnavailable, // a new bucket is not known everywhere yet
	"IncompleteBody":    volume.KindUnavailable,
	"BadDigest":         volume.KindUnavailable, // spoilt on the way

	"QuotaExceeded":                  volume.KindFull,
	"XMinioStorageFull":              volume.KindFull,
	"XMinioAdminBucketQuotaExceeded": volume.KindFull,
}

var classKinds = map[awsclient.Class]volume.Kind{
	awsclient.NoAccess:    volume.KindDenied,
	awsclient.Throttled:   volume.KindThrottled,
	awsclient.Unavailable: volume.KindUnavailable,
	awsclient.Canceled:    volume.KindCanceled,
}

// statusKinds are the kinds of answers without a body, such as those to HEAD.
var statusKinds = map[int]volume.Kind{
	http.StatusNotFound:            volume.KindNotFound,
	http.StatusPreconditionFailed:  volume.KindExists,
	http.StatusConflict:            volume.KindThrottled,
	http.StatusMovedPermanently:    volume.KindDenied,
	http.StatusInsufficientStorage: volume.KindFull,
}

// kindOf classifies what the SDK and S3 fail with.
func kindOf(err error) volume.Kind {
	if kind, ok := codeKinds[awsclient.Code(err)]; ok {
		return kind
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		if kind, ok := statusKinds[response.HTTPStatusCode()]; ok {
			return kind
		}
	}
	if kind := classKinds[awsclient.ClassOf(err)]; kind != volume.KindUnknown {
		return kind
	}
	var reading *readError
	if errors.As(err, &reading) || errors.Is(err, io.EOF) {
		return volume.KindUnavailable
	}
	return volume.KindUnknown
}

// readError is why an answer could not be read to its end: the line broke, or the
// content is not what was written, for which the SDK has no type that others see.
type readError struct{ error }

func (r *readError) Unwrap() error { return r.error }

// body makes readErrors.
type body struct{ io.ReadCloser }

func (b body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = &readError{err}
	}
	return n, err
}
