package s3store_test

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/artifact/artifacttest"
	"github.com/spotgrid/spotgrid/components/artifact/s3store"
	"github.com/spotgrid/spotgrid/components/awsprovider"
	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/workloads/mototest"
)

func TestMain(m *testing.M) { os.Exit(mototest.Main(m)) }

// cloud is a moto, which answers in the place of AWS.
type cloud struct{ endpoint string }

// newCloud skips the test where moto is missing.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the real provider against moto: not in a short run")
	}
	return &cloud{mototest.Need(t).Endpoint}
}

// call calls S3 in the name of an account and returns status and body.
func (c *cloud) call(t *testing.T, account, method, path string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.endpoint+path, nil)
	require.NoError(t, err)
	r.Header.Set("x-moto-account-id", account)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(body)
}

// stack declares a store with a program on the real engine and provider.
func (c *cloud) stack(t *testing.T, o s3store.Options, program *artifact.Program) auto.Stack {
	t.Helper()
	return awstest.NewStack(t, "test", func(ctx *pulumi.Context) error {
		p, err := awsprovider.New(ctx, awsprovider.Options{Region: awstest.Region, Endpoint: c.endpoint})
		if err != nil {
			return err
		}
		s, err := artifact.New(ctx, "programs", s3store.New(o), pulumi.Providers(p))
		if err != nil {
			return err
		}
		kept, err := s.Put(ctx, "worker", *program)
		if err != nil {
			return err
		}
		ctx.Export("place", kept.Place)
		ctx.Export("key", kept.Key)
		return nil
	}, map[string]string{"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"})
}

// TestAProgramsLifeInTheStore goes through what a stack does with a program.
func TestAProgramsLifeInTheStore(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o := options()
	o.ForceDestroy, o.WithoutPolicy = true, true // moto is called without TLS
	program := artifacttest.Program(t, "a worker")
	stack := c.stack(t, o, &program)
	up := func() (place, key string, changes map[string]int) {
		t.Helper()
		res, err := stack.Up(t.Context(), optup.SuppressProgress())
		require.NoError(t, err)
		return res.Outputs["place"].Value.(string), res.Outputs["key"].Value.(string), *res.Summary.ResourceChanges
	}
	place, first, _ := up()
	assert.Equal(t, "worker/"+program.SHA256, first)
	status, body := c.call(t, awstest.Account, http.MethodGet, "/"+place+"/"+first)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "a worker", body)

	t.Run("the same content built elsewhere is no change", func(t *testing.T) {
		program = artifacttest.Program(t, "a worker")
		_, err := stack.Preview(t.Context(), optpreview.ExpectNoChanges(), optpreview.SuppressProgress())
		assert.NoError(t, err)
	})
	t.Run("another content is another object", func(t *testing.T) {
		program = artifacttest.Program(t, "a better worker")
		_, second, changes := up()
		assert.Equal(t, map[string]int{"replace": 1, "same": 9}, changes)
		status, body := c.call(t, awstest.Account, http.MethodGet, "/"+place+"/"+second)
		assert.Equal(t, http.StatusOK, status)
		assert.Equal(t, "a better worker", body)
		status, _ = c.call(t, awstest.Account, http.MethodGet, "/"+place+"/"+first)
		assert.Equal(t, http.StatusNotFound, status, "nothing refers to it any more")
		_, versions := c.call(t, awstest.Account, http.MethodGet, "/"+place+"?versions")
		assert.NotContains(t, versions, first, "the provider deletes every version")
	})
	t.Run("a bucket that may be emptied is destroyed", func(t *testing.T) {
		_, err := stack.Destroy(t.Context(), optdestroy.SuppressProgress())
		require.NoError(t, err)
		status, _ := c.call(t, awstest.Account, http.MethodGet, "/"+place)
		assert.Equal(t, http.StatusNotFound, status)
	})
}

func TestWithoutTLSNothingIsPut(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	o := options()
	o.ForceDestroy = true
	program := artifacttest.Program(t, "a worker")
	stack := c.stack(t, o, &program)
	_, err := stack.Up(t.Context(), optup.SuppressProgress())
	assert.ErrorContains(t, err, "PutObject, https response error StatusCode: 403", "the policy is there first")
}

func TestABucketsNameThatSomebodyElseHasIsInTheError(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	status, body := c.call(t, "210987654321", http.MethodPut, "/taken-programs")
	require.Equal(t, http.StatusOK, status, body)
	o := options()
	o.Bucket = "taken-programs"
	program := artifacttest.Program(t, "a worker")
	stack := c.stack(t, o, &program)
	_, err := stack.Up(t.Context(), optup.SuppressProgress())
	require.Error(t, err)
	var lines []string
	for line := range strings.Lines(err.Error()) {
		if strings.Contains(line, "BucketAlreadyExists") {
			lines = append(lines, line)
		}
	}
	require.NotEmpty(t, lines, "%v", err)
	assert.Contains(t, lines[0], "creating S3 Bucket (taken-programs)")
}
