// Package asg is the machine group driver for EC2 Auto Scaling: the group of a
// fleet on AWS. Groups and their hooks are declared elsewhere.
//
// Protection is the scale-in protection of one instance. It does not save the
// instance from spot interruptions, failed health checks or somebody who
// terminates it. Source: "Use instance scale-in protection" in the Auto Scaling
// user guide.
//
// Leaving completes the lifecycle action of the group's termination hook with
// CONTINUE, so that the instance ends at once rather than when the hook's
// heartbeat runs out. Source: "Complete a lifecycle action" in the same guide.
//
// The driver calls autoscaling:SetInstanceProtection and
// autoscaling:CompleteLifecycleAction on the group, and nothing else; opening
// calls nothing.
package asg

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/machinegroup"
)

// answerTimeout is how long the service may take to answer one call.
const answerTimeout = 10 * time.Second

// hookDone is the result that a hook is completed with. ABANDON ends the instance
// as well, unless the group retains those whose hooks were abandoned. Source:
// "Configure instance retention" in the Auto Scaling user guide.
const hookDone = "CONTINUE"

// Driver is one instance in its group. It is safe for concurrent use.
type Driver struct {
	client *autoscaling.Client
	address
	// life ends when the driver is closed.
	life context.Context
	end  context.CancelFunc
}

var (
	_ machinegroup.Driver = (*Driver)(nil)
	_ machinegroup.Opener = Open
)

// Open makes the driver of the instance at
// asg://REGION/GROUP?instance=INSTANCE-ID&hook=HOOK, where HOOK is the group's
// termination hook. The environment variables AWS_ENDPOINT_URL and
// AWS_ENDPOINT_URL_AUTO_SCALING send the calls elsewhere; credentials come from
// the SDK's default chain when the first call is made. The error names every
// fault of the URL.
func Open(ctx context.Context, u *url.URL) (machinegroup.Driver, error) {
	a, err := parse(u)
	if err != nil {
		return nil, err
	}
	cfg, err := awsclient.Config(ctx, a.region)
	if err != nil {
		return nil, err
	}
	client := autoscaling.NewFromConfig(cfg, func(o *autoscaling.Options) {
		o.Retryer = aws.NopRetryer{} // machinegroup.Group retries
	})
	d := &Driver{client: client, address: a}
	d.life, d.end = context.WithCancel(context.Background())
	return d, nil
}

// Caps say that a group takes its machines away itself, and spares those that are
// protected.
func (d *Driver) Caps() machinegroup.Caps { return machinegroup.Caps{Protects: true} }

// Protect sets the instance's scale-in protection.
func (d *Driver) Protect(ctx context.Context, on bool) error {
	return d.call(ctx, func(ctx context.Context) error {
		_, err := d.client.SetInstanceProtection(ctx, &autoscaling.SetInstanceProtectionInput{
			AutoScalingGroupName: &d.group, InstanceIds: []string{d.instance}, ProtectedFromScaleIn: &on,
		})
		return err
	})
}

// Leave completes the lifecycle action of the termination hook. The action is
// found by the instance, without the token that goes to a hook's listener.
// Source: "Complete a lifecycle action" in the Auto Scaling user guide.
func (d *Driver) Leave(ctx context.Context) error {
	return d.call(ctx, func(ctx context.Context) error {
		_, err := d.client.CompleteLifecycleAction(ctx, &autoscaling.CompleteLifecycleActionInput{
			AutoScalingGroupName: &d.group, InstanceId: &d.instance,
			LifecycleHookName: &d.hook, LifecycleActionResult: aws.String(hookDone),
		})
		return err
	})
}

// call runs do with a context that also ends after answerTimeout and when the
// driver closes, and says which of these it was.
func (d *Driver) call(ctx context.Context, do func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.life.Err() != nil {
		return errClosed
	}
	bound, cancel := context.WithTimeoutCause(ctx, answerTimeout, errNoAnswer)
	defer cancel()
	defer context.AfterFunc(d.life, cancel)()
	err := do(bound)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case d.life.Err() != nil:
		return errClosed
	case errors.Is(context.Cause(bound), errNoAnswer):
		return fmt.Errorf("%w (%w)", errNoAnswer, err)
	}
	return err
}

// Kind classifies the driver's errors.
func (d *Driver) Kind(err error) machinegroup.Kind { return kindOf(err) }

// Close ends all calls. Twice is nil.
func (d *Driver) Close() error {
	d.end()
	return nil
}
