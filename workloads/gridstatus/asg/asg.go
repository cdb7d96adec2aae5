// Package asg asks AWS for fleets: each is an Auto Scaling group, each worker
// an instance of it.
package asg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/gridstatus"
)

const (
	// groupsAtATime is how many groups one call may name, and the most it
	// answers with unless asked for more. Source: DescribeAutoScalingGroups in
	// the EC2 Auto Scaling API reference.
	groupsAtATime = 50
	// answerLimit is how long all calls together may take.
	answerLimit = 30 * time.Second
)

// Driver asks in one region. It only reads, so the SDK's own retries are right.
type Driver struct {
	client *autoscaling.Client
	region string
}

var _ gridstatus.FleetDriver = (*Driver)(nil)

// New sets up the SDK with its default chain of credentials. It calls nothing.
func New(ctx context.Context, region string) (*Driver, error) {
	if region == "" {
		return nil, errors.New("the grid's outputs do not say its region (control.region)")
	}
	cfg, err := awsclient.Config(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Driver{client: autoscaling.NewFromConfig(cfg), region: region}, nil
}

var errNoAnswer = fmt.Errorf("%w within %s", gridstatus.ErrUnavailable, answerLimit)

// Fleets implements gridstatus.FleetDriver. groups maps names to those of Auto
// Scaling groups.
func (d *Driver) Fleets(ctx context.Context, groups map[string]string) ([]gridstatus.Fleet, error) {
	bound, cancel := context.WithTimeoutCause(ctx, answerLimit, errNoAnswer)
	defer cancel()
	found, err := d.describe(bound, slices.Sorted(maps.Values(groups)))
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(bound), errNoAnswer) {
		err = fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	if err != nil {
		return nil, d.explained(err)
	}
	var fleets []gridstatus.Fleet
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		group, ok := found[groups[name]]
		if !ok {
			errs = append(errs, fmt.Errorf("fleet %q, Auto Scaling group %q in %s: %w; `make up` makes it anew", name, groups[name], d.region, gridstatus.ErrGone))
			continue
		}
		fleets = append(fleets, fleet(name, group))
	}
	return fleets, errors.Join(errs...)
}

// describe maps the names of groups to those that are there.
func (d *Driver) describe(ctx context.Context, names []string) (map[string]types.AutoScalingGroup, error) {
	found := map[string]types.AutoScalingGroup{}
	for some := range slices.Chunk(names, groupsAtATime) {
		pages := autoscaling.NewDescribeAutoScalingGroupsPaginator(d.client, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: some})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, g := range page.AutoScalingGroups {
				found[aws.ToString(g.AutoScalingGroupName)] = g
			}
		}
	}
	return found, nil
}

// explained adds what to do, and the kind that callers act on.
func (d *Driver) explained(err error) error {
	switch awsclient.ClassOf(err) {
	case awsclient.NoAccess:
		if errors.Is(err, awsclient.ErrNoCredentials) {
			return fmt.Errorf("%w: %w", gridstatus.ErrDenied, err)
		}
		return fmt.Errorf("%w in %s: do the credentials belong to the grid's account, and may they autoscaling:DescribeAutoScalingGroups? %w", gridstatus.ErrDenied, d.region, err)
	case awsclient.Throttled, awsclient.Unavailable:
		return fmt.Errorf("%w of EC2 Auto Scaling in %s: %w", gridstatus.ErrUnavailable, d.region, err)
	}
	return err
}

func fleet(name string, g types.AutoScalingGroup) gridstatus.Fleet {
	f := gridstatus.Fleet{
		Name: name, Group: aws.ToString(g.AutoScalingGroupName), Desired: number(g.DesiredCapacity),
		MinWorkers: number(g.MinSize), MaxWorkers: number(g.MaxSize), Workers: []gridstatus.Worker{}, Problem: problem(g),
	}
	for _, i := range g.Instances {
		if i.LifecycleState == types.LifecycleStateInService {
			f.InService++
		}
		f.Workers = append(f.Workers, gridstatus.Worker{
			Name: aws.ToString(i.InstanceId), State: string(i.LifecycleState),
			Machine: &gridstatus.Machine{
				Zone: aws.ToString(i.AvailabilityZone), Type: aws.ToString(i.InstanceType),
				Health: aws.ToString(i.HealthStatus), Protected: aws.ToBool(i.ProtectedFromScaleIn),
			},
		})
	}
	slices.SortFunc(f.Workers, func(a, b gridstatus.Worker) int { return cmp.Compare(a.Name, b.Name) })
	return f
}

// problem is what the group itself says against it.
func problem(g types.AutoScalingGroup) string {
	if status := aws.ToString(g.Status); status != "" { // set only while it is deleted
		return status
	}
	var stopped []string
	for _, p := range g.SuspendedProcesses {
		stopped = append(stopped, aws.ToString(p.ProcessName))
	}
	if len(stopped) == 0 {
		return ""
	}
	slices.Sort(stopped)
	return "suspended: " + strings.Join(stopped, ", ")
}

func number(n *int32) int { return int(aws.ToInt32(n)) }
