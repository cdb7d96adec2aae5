package awsclient_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/gcpclient"
	"github.com/spotgrid/spotgrid/workloads/mototest"
)

func TestMain(m *testing.M) { os.Exit(mototest.Main(m)) }

const (
	role     = "arn:aws:iam::123456789012:role/grid-worker-1a2b3c4"
	audience = "spotgrid/grid/multicloud"
)

// federate sets what a machine of Google Cloud is told.
func federate(t *testing.T, audience string) {
	t.Helper()
	t.Setenv(awsclient.RoleVariable, role)
	t.Setenv(awsclient.AudienceVariable, audience)
}

// The tests are not parallel: settings and servers are found by the environment.

func TestAGoogleIdentityBecomesARoleOfAWS(t *testing.T) {
	m, s := startMachine(t), startSTS(t, audience, time.Hour)
	federate(t, audience)
	cfg, err := awsclient.Config(t.Context(), "eu-west-1")
	require.NoError(t, err)
	assert.Empty(t, s.asked(t), "nothing is called before somebody needs credentials")
	before := time.Now()
	c, err := cfg.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"ASIA1", "secret", "session"}, []string{c.AccessKeyID, c.SecretAccessKey, c.SessionToken})
	assert.WithinRange(t, c.Expires, before.Add(54*time.Minute), before.Add(61*time.Minute), "it counts as expired before it is")
	asked := s.asked(t)
	require.Len(t, asked, 1)
	assert.Equal(t, "AssumeRoleWithWebIdentity", asked[0]["Action"])
	assert.Equal(t, role, asked[0]["RoleArn"])
	assert.Equal(t, "3600", asked[0]["DurationSeconds"])
	assert.Regexp(t, `^spotgrid-[A-Za-z0-9_+=,.@-]{1,55}$`, asked[0]["RoleSessionName"])
	assert.Equal(t, 1, m.tokens)
}

func TestCredentialsAreKeptWhileTheyWork(t *testing.T) {
	m, s := startMachine(t), startSTS(t, audience, time.Hour)
	federate(t, audience)
	cfg, err := awsclient.Config(t.Context(), "eu-west-1")
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			c, err := cfg.Credentials.Retrieve(t.Context())
			assert.NoError(t, err)
			assert.Equal(t, "ASIA1", c.AccessKeyID)
		})
	}
	all.Wait()
	assert.Len(t, s.asked(t), 1)
	assert.Equal(t, 1, m.tokens)
}

func TestCredentialsAboutToExpireAreReplacedWithANewToken(t *testing.T) {
	_, s := startMachine(t), startSTS(t, audience, 4*time.Minute)
	federate(t, audience)
	cfg, err := awsclient.Config(t.Context(), "eu-west-1")
	require.NoError(t, err)
	for _, want := range []string{"ASIA1", "ASIA2", "ASIA3"} {
		c, err := cfg.Credentials.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, c.AccessKeyID, "with less than 5 minutes left")
	}
	assert.Equal(t, []string{"1", "2", "3"}, s.tokens)
}

func TestATokenForAnotherAudienceIsRefused(t *testing.T) {
	startMachine(t)
	startSTS(t, audience, time.Hour)
	federate(t, "spotgrid/grid/other")
	cfg, err := awsclient.Config(t.Context(), "eu-west-1")
	require.NoError(t, err)
	_, err = cfg.Credentials.Retrieve(t.Context())
	assert.ErrorContains(t, err, `assuming `+role+` with this machine's Google identity for the audience "spotgrid/grid/other"`)
	assert.ErrorContains(t, err, "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	assert.Equal(t, awsclient.NoAccess, awsclient.ClassOf(err))
	assert.NotErrorIs(t, err, awsclient.ErrNoCredentials, "AWS_PROFILE would not help")
}

func TestAMachineWithoutAnIdentitySaysSo(t *testing.T) {
	m := startMachine(t)
	s := startSTS(t, audience, time.Hour)
	federate(t, audience)
	cfg, err := awsclient.Config(t.Context(), "eu-west-1")
	require.NoError(t, err)
	m.refuse = http.StatusNotFound
	_, err = cfg.Credentials.Retrieve(t.Context())
	assert.ErrorIs(t, err, gcpclient.ErrNoIdentity)
	assert.Equal(t, awsclient.NoAccess, awsclient.ClassOf(err))
	assert.Empty(t, s.asked(t))

	m.refuse = 0
	_, err = cfg.Credentials.Retrieve(t.Context())
	assert.NoError(t, err, "a failure is not kept")
}

func TestWhereNoMetadataServerAnswersItSaysSo(t *testing.T) {
	startSTS(t, audience, time.Hour)
	federate(t, audience)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(gone.URL, "http://"))
	cfg, err := awsclient.Config(t.Context(), "eu-west-1")
	require.NoError(t, err)
	_, err = cfg.Credentials.Retrieve(t.Context())
	assert.ErrorIs(t, err, gcpclient.ErrNoMetadata)
	assert.Equal(t, awsclient.Unavailable, awsclient.ClassOf(err))
}

func TestMotoTakesTheAssumedCredentials(t *testing.T) {
	moto := mototest.Need(t)
	t.Setenv("AWS_ENDPOINT_URL", moto.Endpoint)
	startMachine(t)
	federate(t, audience)
	cfg, err := awsclient.Config(t.Context(), mototest.Region)
	require.NoError(t, err)
	me, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	assert.Regexp(t, `^arn:aws:sts::123456789012:assumed-role/grid-worker-1a2b3c4/spotgrid-`, aws.ToString(me.Arn))
}

func TestTheRegionIsThatOfTheCallOrOfTheEnvironment(t *testing.T) {
	t.Setenv(awsclient.RegionVariable, "eu-central-1")
	for given, want := range map[string]string{"us-west-2": "us-west-2", "": "eu-central-1"} {
		cfg, err := awsclient.Config(t.Context(), given)
		require.NoError(t, err)
		assert.Equal(t, want, cfg.Region)
	}
	t.Setenv(awsclient.RegionVariable, "")
	t.Setenv("AWS_REGION", "")
	federate(t, audience)
	_, err := awsclient.Config(t.Context(), "")
	assert.ErrorContains(t, err, "no region is known, want one such as eu-central-1 in SPOTGRID_AWS_REGION")
}

func TestEveryFaultOfTheSettingsIsReported(t *testing.T) {
	t.Setenv(awsclient.RoleVariable, "arn:aws:iam::123456789012:user/me")
	t.Setenv(awsclient.AudienceVariable, "")
	t.Setenv(awsclient.RegionVariable, "Ireland")
	_, err := awsclient.Config(t.Context(), "")
	for _, want := range []string{
		`SPOTGRID_AWS_ROLE_ARN is "arn:aws:iam::123456789012:user/me", want the ARN of a role`,
		`SPOTGRID_AWS_AUDIENCE is "", want 1..255`, `SPOTGRID_AWS_REGION is "Ireland"`,
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestFederationIsReadStrictly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		role, audience string
		isSet          bool
		want           string // of the error; "": none
	}{
		"neither":              {"", "", false, ""},
		"both":                 {role, audience, true, ""},
		"a path and China":     {"arn:aws-cn:iam::123456789012:role/teams/grid", audience, true, ""},
		"a role alone":         {role, "", true, "SPOTGRID_AWS_AUDIENCE is"},
		"an audience alone":    {"", audience, true, "SPOTGRID_AWS_ROLE_ARN is"},
		"a wildcard":           {role, "spotgrid*", true, "SPOTGRID_AWS_AUDIENCE is"},
		"an assumed role":      {"arn:aws:sts::123456789012:assumed-role/grid/x", audience, true, "SPOTGRID_AWS_ROLE_ARN is"},
		"a name and a newline": {role + "\n", audience, true, "SPOTGRID_AWS_ROLE_ARN is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, ok, err := awsclient.FederationOf(func(name string) (string, bool) {
				v := map[string]string{awsclient.RoleVariable: c.role, awsclient.AudienceVariable: c.audience}[name]
				return v, v != ""
			})
			assert.Equal(t, c.isSet, ok)
			if c.want != "" {
				assert.ErrorContains(t, err, c.want)
				return
			}
			assert.NoError(t, err)
			assert.Equal(t, awsclient.Federation{RoleARN: c.role, Audience: c.audience}, f)
		})
	}
}

func TestSessionsAreNamedAfterTheMachine(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"grid-spot-x1y2.c.acme.internal": "spotgrid-grid-spot-x1y2.c.acme.internal", "": "spotgrid", "a b:c": "spotgrid-a-b-c",
		strings.Repeat("h", 100): "spotgrid-" + strings.Repeat("h", 55),
	} {
		assert.Equal(t, want, awsclient.SessionName(host, nil))
	}
	assert.Equal(t, "spotgrid", awsclient.SessionName("x", errors.New("no name")))
}
