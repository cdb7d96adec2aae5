package mototest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
)

// image is one of those that moto has.
const image = "ami-12c6146b"

// Hook is the name of the termination hook of every Machine's group.
const Hook = "drain"

// Machine is an instance in an Auto Scaling group of its own.
type Machine struct {
	Group, Instance string
	client          *autoscaling.Client
}

var machines atomic.Int64

// NewMachine makes a group of one instance, in service and not protected; both
// are removed when the test ends.
func (s Server) NewMachine(t testing.TB) Machine {
	t.Helper()
	m := Machine{client: autoscaling.NewFromConfig(s.Config(t)), Group: fmt.Sprintf("workers-%d", machines.Add(1))}
	ctx := t.Context()
	if _, err := m.client.CreateLaunchConfiguration(ctx, &autoscaling.CreateLaunchConfigurationInput{
		LaunchConfigurationName: &m.Group, ImageId: aws.String(image), InstanceType: aws.String("t4g.small"),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.client.CreateAutoScalingGroup(ctx, &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: &m.Group, LaunchConfigurationName: &m.Group,
		MinSize: aws.Int32(1), MaxSize: aws.Int32(1), AvailabilityZones: []string{Region + "a"},
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := m.client.DeleteAutoScalingGroup(context.Background(), &autoscaling.DeleteAutoScalingGroupInput{
			AutoScalingGroupName: &m.Group, ForceDelete: aws.Bool(true),
		}); err != nil {
			t.Error(err)
		}
	})
	if _, err := m.client.PutLifecycleHook(ctx, &autoscaling.PutLifecycleHookInput{
		AutoScalingGroupName: &m.Group, LifecycleHookName: aws.String(Hook),
		LifecycleTransition: aws.String("autoscaling:EC2_INSTANCE_TERMINATING"),
	}); err != nil {
		t.Fatal(err)
	}
	m.Instance, _ = m.look(t)
	return m
}

// IsProtected asks whether the instance has scale-in protection.
func (m Machine) IsProtected(t testing.TB) bool {
	t.Helper()
	_, isProtected := m.look(t)
	return isProtected
}

// look returns the group's one instance and its protection.
func (m Machine) look(t testing.TB) (instance string, isProtected bool) {
	t.Helper()
	got, err := m.client.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{
		AutoScalingGroupNames: []string{m.Group},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.AutoScalingGroups) != 1 || len(got.AutoScalingGroups[0].Instances) != 1 {
		t.Fatalf("group %s is not one with one instance: %+v", m.Group, got.AutoScalingGroups)
	}
	one := got.AutoScalingGroups[0].Instances[0]
	return aws.ToString(one.InstanceId), aws.ToBool(one.ProtectedFromScaleIn)
}
