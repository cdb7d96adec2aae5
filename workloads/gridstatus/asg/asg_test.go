package asg_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/gridstatus"
	"github.com/spotgrid/spotgrid/workloads/gridstatus/asg"
	"github.com/spotgrid/spotgrid/workloads/mototest"
)

func TestMain(m *testing.M) { os.Exit(mototest.Main(m)) }

func open(t *testing.T) *asg.Driver {
	t.Helper()
	d, err := asg.New(t.Context(), mototest.Region)
	require.NoError(t, err)
	return d
}

func TestAFleetIsItsGroup(t *testing.T) {
	server := mototest.Need(t)
	t.Setenv("AWS_ENDPOINT_URL", server.Endpoint)
	owner := autoscaling.NewFromConfig(server.Config(t))
	const group = "grid-spot-1a2b3c4"
	_, err := owner.CreateLaunchConfiguration(t.Context(), &autoscaling.CreateLaunchConfigurationInput{
		LaunchConfigurationName: aws.String("grid"), ImageId: aws.String("ami-12345678"), InstanceType: aws.String("c7g.large"),
	})
	require.NoError(t, err)
	_, err = owner.CreateAutoScalingGroup(t.Context(), &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(group), LaunchConfigurationName: aws.String("grid"),
		AvailabilityZones: []string{mototest.Region + "a"}, MinSize: aws.Int32(0), MaxSize: aws.Int32(5), DesiredCapacity: aws.Int32(2),
		NewInstancesProtectedFromScaleIn: aws.Bool(true),
	})
	require.NoError(t, err)

	fleets, err := open(t).Fleets(t.Context(), map[string]string{"spot": group, "gone": "grid-gone-5d6e7f8"})
	assert.ErrorIs(t, err, gridstatus.ErrGone)
	assert.ErrorContains(t, err, `fleet "gone", Auto Scaling group "grid-gone-5d6e7f8" in eu-central-1`)
	require.Len(t, fleets, 1, "what is there is told all the same")
	f := fleets[0]
	require.Len(t, f.Workers, 2)
	for _, w := range f.Workers {
		assert.Regexp(t, `^i-[0-9a-f]+$`, w.Name)
		assert.Equal(t, "InService", w.State)
		assert.Equal(t, &gridstatus.Machine{Zone: "eu-central-1a", Type: "c7g.large", Health: "Healthy", Protected: true}, w.Machine)
	}
	f.Workers = nil
	assert.Equal(t, gridstatus.Fleet{Name: "spot", Group: group, Desired: 2, MaxWorkers: 5, InService: 2}, f)
}

// group is one group of an answer.
func group(name, extra string) string {
	return "<member><AutoScalingGroupName>" + name + "</AutoScalingGroupName><MinSize>1</MinSize><MaxSize>9</MaxSize><DesiredCapacity>3</DesiredCapacity>" + extra + "</member>"
}

func page(groups, token string) string {
	return `<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><DescribeAutoScalingGroupsResult><AutoScalingGroups>` +
		groups + `</AutoScalingGroups>` + token + `</DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>`
}

// serve answers every call as told and sends the SDK there.
func serve(t *testing.T, answer http.HandlerFunc) {
	t.Helper()
	srv := httptest.NewServer(answer)
	t.Cleanup(srv.Close)
	t.Setenv("AWS_ENDPOINT_URL", srv.URL)
}

func TestEveryPageIsRead(t *testing.T) {
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("NextToken") == "" {
			fmt.Fprint(w, page(group("group-a", `<Instances><member><InstanceId>i-2</InstanceId><LifecycleState>Terminating:Wait</LifecycleState></member><member><InstanceId>i-1</InstanceId><LifecycleState>InService</LifecycleState></member></Instances>`), "<NextToken>more</NextToken>"))
			return
		}
		fmt.Fprint(w, page(group("group-b", `<Status>Delete in progress</Status>`)+group("group-c", `<SuspendedProcesses><member><ProcessName>Terminate</ProcessName></member><member><ProcessName>Launch</ProcessName></member></SuspendedProcesses>`), ""))
	})
	fleets, err := open(t).Fleets(t.Context(), map[string]string{"c": "group-c", "a": "group-a", "b": "group-b"})
	require.NoError(t, err)
	require.Len(t, fleets, 3)
	assert.Equal(t, 1, fleets[0].InService, "one is on its way out")
	assert.Equal(t, 3, fleets[0].Desired)
	assert.Equal(t, []string{"i-1", "i-2"}, []string{fleets[0].Workers[0].Name, fleets[0].Workers[1].Name})
	assert.Equal(t, "Delete in progress", fleets[1].Problem)
	assert.Equal(t, "suspended: Launch, Terminate", fleets[2].Problem)
}

func TestManyGroupsAreAskedForInParts(t *testing.T) {
	var most atomic.Int64
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.NoError(t, r.ParseForm())
		var groups strings.Builder
		n := int64(0)
		for key, names := range r.PostForm {
			if strings.HasPrefix(key, "AutoScalingGroupNames.member.") {
				n++
				groups.WriteString(group(names[0], ""))
			}
		}
		most.Store(max(most.Load(), n))
		fmt.Fprint(w, page(groups.String(), ""))
	})
	groups := map[string]string{}
	for i := range 120 {
		groups[fmt.Sprintf("fleet-%03d", i)] = fmt.Sprintf("group-%03d", i)
	}
	fleets, err := open(t).Fleets(t.Context(), groups)
	require.NoError(t, err)
	assert.Len(t, fleets, 120)
	assert.Equal(t, int64(50), most.Load())
}

func TestNoFleetsAreNotAskedFor(t *testing.T) {
	serve(t, func(http.ResponseWriter, *http.Request) {
		t.Error("without names AWS would describe every group of the account")
	})
	fleets, err := open(t).Fleets(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, fleets)
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	for code, c := range map[string]struct {
		status int
		kind   error
		want   string
	}{
		"AccessDenied":         {403, gridstatus.ErrDenied, "may they autoscaling:DescribeAutoScalingGroups?"},
		"InvalidClientTokenId": {403, gridstatus.ErrDenied, "do the credentials belong to the grid's account"},
		"InternalFailure":      {500, gridstatus.ErrUnavailable, "no answer of EC2 Auto Scaling in eu-central-1"},
	} {
		t.Run(code, func(t *testing.T) {
			serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>the message</Message></Error></ErrorResponse>`, code)
			})
			t.Setenv("AWS_MAX_ATTEMPTS", "1")
			_, err := open(t).Fleets(t.Context(), map[string]string{"spot": "group"})
			assert.ErrorIs(t, err, c.kind)
			assert.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, "the message")
		})
	}
}

func TestWithoutCredentialsTheErrorSaysHowToGetThem(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	_, err := open(t).Fleets(t.Context(), map[string]string{"spot": "group"})
	assert.ErrorIs(t, err, gridstatus.ErrDenied)
	assert.ErrorContains(t, err, "no AWS credentials: set AWS_PROFILE")
}

func TestARegionIsNeeded(t *testing.T) {
	_, err := asg.New(t.Context(), "")
	assert.ErrorContains(t, err, "control.region")
}
