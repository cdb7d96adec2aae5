package asg_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/machinegroup"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/asg"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/machinegrouptest"
	"github.com/spotgrid/spotgrid/workloads/mototest"
)

func TestMain(m *testing.M) { os.Exit(mototest.Main(m)) }

const instance = "i-0123456789abcdef0"

// open opens the driver of an instance and closes it when the test ends.
func open(t *testing.T, group, instance string) machinegroup.Driver {
	t.Helper()
	u, err := url.Parse(fmt.Sprintf("asg://%s/%s?instance=%s&hook=%s", mototest.Region, group, instance, mototest.Hook))
	require.NoError(t, err)
	d, err := asg.Open(t.Context(), u)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d
}

// Not parallel: moto is found by the environment. moto can protect, but knows no
// lifecycle actions, and answers as if every group and instance were there.
func TestDriverWithMoto(t *testing.T) {
	moto := mototest.Need(t)
	t.Setenv("AWS_ENDPOINT_URL_AUTO_SCALING", moto.Endpoint)
	machinegrouptest.Run(t, machinegrouptest.Harness{New: func(t *testing.T) machinegrouptest.Machine {
		m := moto.NewMachine(t)
		return machinegrouptest.Machine{
			Driver:      open(t, m.Group, m.Instance),
			IsProtected: func(t *testing.T) bool { return m.IsProtected(t) },
		}
	}})
}

// serve starts a server that speaks the Query API and points the SDK to it.
func serve(t *testing.T) *query {
	t.Helper()
	s := &query{groups: map[string]map[string]*member{}, hook: mototest.Hook}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_AUTO_SCALING", server.URL)
	return s
}

// Not parallel: the server is found by the environment.
func TestDriverWithTheQueryAPI(t *testing.T) {
	s := serve(t)
	var groups atomic.Int64
	machinegrouptest.Run(t, machinegrouptest.Harness{
		New: func(t *testing.T) machinegrouptest.Machine {
			m := &member{state: "InService"}
			name := fmt.Sprintf("workers-%d", groups.Add(1))
			s.change(func() { s.groups[name] = map[string]*member{instance: m} })
			return machinegrouptest.Machine{
				Driver:      open(t, name, instance),
				IsProtected: func(*testing.T) (is bool) { s.change(func() { is = m.isProtected }); return is },
				Shrink:      func(*testing.T) { s.change(func() { m.state = "Terminating:Wait" }) },
				IsGone:      func(*testing.T) (is bool) { s.change(func() { is = m.state == "Terminating:Proceed" }); return is },
			}
		},
		Missing: func(t *testing.T) machinegroup.Driver { return open(t, "missing", instance) },
	})
}

// Not parallel: the server is found by the environment.
func TestRequestsNameTheInstanceAndTheHook(t *testing.T) {
	s := serve(t)
	s.groups["workers"] = map[string]*member{instance: {state: "InService"}}
	d := open(t, "workers", instance)
	require.NoError(t, d.Protect(t.Context(), true))
	require.NoError(t, d.Protect(t.Context(), false))
	s.groups["workers"][instance].state = "Terminating:Wait"
	require.NoError(t, d.Leave(t.Context()))
	protect := func(on string) map[string]string {
		return map[string]string{
			"Action": "SetInstanceProtection", "Version": "2011-01-01", "AutoScalingGroupName": "workers",
			"InstanceIds.member.1": instance, "ProtectedFromScaleIn": on,
		}
	}
	assert.Equal(t, []map[string]string{protect("true"), protect("false"), {
		"Action": "CompleteLifecycleAction", "Version": "2011-01-01", "AutoScalingGroupName": "workers",
		"InstanceId": instance, "LifecycleHookName": "drain", "LifecycleActionResult": "CONTINUE",
	}}, s.seen)
}

// Not parallel: the server is found by the environment.
func TestAnInstanceOfAnotherGroupIsNotFound(t *testing.T) {
	s := serve(t)
	s.groups["workers"] = map[string]*member{}
	d := open(t, "workers", instance)
	err := d.Protect(t.Context(), true)
	require.Equal(t, machinegroup.KindNotFound.String(), d.Kind(err).String(), "%v", err)
}

// Not parallel: the server is found by the environment.
func TestTheDriverDoesNotRetry(t *testing.T) {
	s := serve(t)
	s.refuse = "Throttling"
	d := open(t, "workers", instance)
	err := d.Protect(t.Context(), true)
	require.Equal(t, machinegroup.KindThrottled.String(), d.Kind(err).String(), "%v", err)
	require.Len(t, s.seen, 1)
}

// Not parallel: the server is found by the environment.
func TestCloseEndsACall(t *testing.T) {
	s := serve(t)
	s.silent = make(chan struct{})
	d := open(t, "workers", instance)
	result := make(chan error)
	go func() { result <- d.Protect(context.Background(), true) }()
	<-s.silent
	require.NoError(t, d.Close())
	require.Equal(t, machinegroup.KindClosed.String(), d.Kind(<-result).String())
}

// Not parallel: it changes the environment.
func TestWithoutCredentialsCallsAreDenied(t *testing.T) {
	serve(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	d := open(t, "workers", instance)
	err := d.Protect(t.Context(), true)
	require.Equal(t, machinegroup.KindDenied.String(), d.Kind(err).String(), "%v", err)
	require.ErrorContains(t, err, "no AWS credentials: set AWS_PROFILE or")
}

// Not parallel: it changes the environment.
func TestWithoutServerCallsAreUnavailable(t *testing.T) {
	port, err := mototest.FreePort()
	require.NoError(t, err)
	address := fmt.Sprint("127.0.0.1:", port)
	t.Setenv("AWS_ENDPOINT_URL", "http://"+address)
	d := open(t, "workers", instance)
	err = d.Protect(t.Context(), true)
	require.Equal(t, machinegroup.KindUnavailable.String(), d.Kind(err).String(), "%v", err)
	require.ErrorContains(t, err, address)
}

func TestOpenThroughTheGroup(t *testing.T) {
	t.Parallel()
	openers := machinegroup.Openers{"asg": asg.Open}
	g, err := machinegroup.Open(t.Context(), "asg://eu-central-1/grid-workers?instance="+instance+"&hook=drain", openers)
	require.NoError(t, err)
	assert.Equal(t, "grid-workers", g.Name())
	require.NoError(t, g.Close())
	_, err = machinegroup.Open(t.Context(), "asg://here/grid-workers", openers)
	assert.ErrorContains(t, err, `opening machine group "asg://here/grid-workers": reading the machine's URL`)
}
