package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/computetest"
	"github.com/spotgrid/spotgrid/workloads/scaler"
)

const sqsQueue = "sqs://sqs.eu-west-1.amazonaws.com/123456789012/jobs"

// amazon is as much of AWS as a fleet in both clouds needs: STS, which takes one
// identity, and SQS and Auto Scaling, which take what STS gave.
type amazon struct {
	mu    sync.Mutex
	calls []string
}

const identity = "e30.e30.c2ln"

func (a *amazon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	action := r.Header.Get("X-Amz-Target")
	if action == "" {
		action = r.FormValue("Action")
	}
	a.calls = append(a.calls, strings.TrimSpace(action+" "+r.PostForm.Get("DesiredCapacity")))
	isAssumed := strings.Contains(r.Header.Get("Authorization"), "Credential=ASIAFEDERATED/") && r.Header.Get("X-Amz-Security-Token") == "session"
	switch {
	case action == "AssumeRoleWithWebIdentity" && r.FormValue("WebIdentityToken") == identity && r.FormValue("RoleArn") == "arn:aws:iam::123456789012:role/scaler":
		fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAFEDERATED</AccessKeyId>
			<SecretAccessKey>secret</SecretAccessKey><SessionToken>session</SessionToken><Expiration>%s</Expiration></Credentials>
			</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	case !isAssumed:
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>who are you?</Message></Error></ErrorResponse>`)
	case action == "AmazonSQS.GetQueueAttributes":
		_ = json.NewEncoder(w).Encode(map[string]any{"Attributes": map[string]string{
			"ApproximateNumberOfMessages": "7", "ApproximateNumberOfMessagesNotVisible": "2", "ApproximateNumberOfMessagesDelayed": "0",
		}})
	case action == "DescribeAutoScalingGroups":
		fmt.Fprint(w, `<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups><member><AutoScalingGroupName>workers</AutoScalingGroupName>
			<MinSize>0</MinSize><MaxSize>9</MaxSize><DesiredCapacity>0</DesiredCapacity></member></AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>`)
	default:
		fmt.Fprintf(w, `<%[1]sResponse><%[1]sResult></%[1]sResult></%[1]sResponse>`, action)
	}
}

// TestAFleetInBothCloudsIsScaledFromGoogleCloud runs the program with the metadata
// of Google Cloud and no credentials of AWS but the role that it may assume.
func TestAFleetInBothCloudsIsScaledFromGoogleCloud(t *testing.T) {
	t.Parallel()
	google := computetest.New(t)
	group := google.Add(computetest.Region, "workers")
	metadata := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/service-accounts/default/identity") && r.URL.Query().Get("audience") == "spotgrid/grid" {
			fmt.Fprint(w, identity)
			return
		}
		google.ServeHTTP(w, r)
	}))
	t.Cleanup(metadata.Close)
	a := &amazon{}
	aws := httptest.NewServer(a)
	t.Cleanup(aws.Close)

	config := fmt.Sprintf(`{"fleets":[{"name":"workers","queue":%q,"jobsPerWorker":1,"maxWorkers":9,"groups":[
		{"url":"mig://grid-project/europe-west1/workers","maxWorkers":5},{"url":"asg://eu-west-1/workers","maxWorkers":9}]}]}`, sqsQueue)
	run := startChild(t, google, scaler.Variable+"="+config, awsclient.RoleVariable+"=arn:aws:iam::123456789012:role/scaler",
		awsclient.AudienceVariable+"=spotgrid/grid", "AWS_ENDPOINT_URL="+aws.URL, "NO_PROXY=127.0.0.1",
		"GCE_METADATA_HOST="+strings.TrimPrefix(metadata.URL, "http://"))
	status, body := run.call(`{}`)
	require.Equal(t, http.StatusOK, status, body)
	var decisions []scaler.Decision
	require.NoError(t, json.Unmarshal([]byte(body), &decisions))
	assert.Equal(t, "[raise workers 0→5 raise workers 0→4]", fmt.Sprint(decisions[0].Changes))
	google.Change(func() { assert.Equal(t, 5, group.Target) })
	a.mu.Lock()
	defer a.mu.Unlock()
	assert.Equal(t, []string{"AssumeRoleWithWebIdentity", "AmazonSQS.GetQueueAttributes", "DescribeAutoScalingGroups", "DescribeScalingActivities", "SetDesiredCapacity 4"}, a.calls)
}
