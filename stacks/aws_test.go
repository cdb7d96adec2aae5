package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/workloads/mototest"
)

func TestMain(m *testing.M) { os.Exit(mototest.Main(m)) }

// emulatorLacks is what moto cannot do, switched off by configuration; see
// docs/aws-grid.md.
var emulatorLacks = []string{"backup", "bucketPolicy", "endpoints", "instanceRefresh", "money", "redrivePermission", "volumePolicy", "defaultSecurityGroup"}

// echoes are the properties that moto says back in another form, so that a
// preview shows them although nothing changed.
var echoes = map[string][]string{
	"aws:sqs/queue:Queue":          {"redrivePolicy"},
	"aws:lambda/function:Function": {"loggingConfig"},
	// An entry of moto's own, which makes the version that the group names
	// unknown.
	"aws:ec2/launchTemplate:LaunchTemplate": {"tagSpecifications"},
	"aws:autoscaling/group:Group": {
		"defaultInstanceWarmup", "maxInstanceLifetime", "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.version",
	},
	"aws:autoscaling/policy:Policy":               {"enabled", "predictiveScalingConfiguration"},
	"aws:autoscaling/lifecycleHook:LifecycleHook": {"notificationTargetArn", "roleArn"},
}

// emulated is the stack aws-dev on moto.
type emulated struct {
	t      *testing.T
	server mototest.Server
	stack  auto.Stack
	dir    string
	root   string
}

func newEmulated(t *testing.T) *emulated {
	t.Helper()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	for _, program := range []string{"spotgrid", "worker", filepath.Join("linux-arm64", "worker"), filepath.Join("linux-arm64", "quote")} {
		if _, err := os.Stat(filepath.Join(root, "bin", program)); err != nil {
			t.Skipf("bin/%s is not built, run `make programs STACK=aws-dev`", program)
		}
	}
	server := mototest.Need(t)
	config := configFile(t, "aws-dev").set(t, "aws.endpoint", server.Endpoint).set(t, "aws.without", emulatorLacks)
	dir := t.TempDir()
	env := map[string]string{}
	for _, kv := range server.Environment() {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	place := Place{Root: dir, Programs: filepath.Join(root, "bin")}
	return &emulated{
		t: t, server: server, dir: dir, root: root,
		stack: awstest.NewStack(t, "aws-dev", Program(load(t, config), place), env),
	}
}

// TestTheGridOnAWSLives takes the stack aws-dev through its life against moto.
func TestTheGridOnAWSLives(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a grid through its whole life: not in a short run")
	}
	e := newEmulated(t)
	before := e.account()
	t.Cleanup(func() {
		// Whatever failed above: a destroyed stack is destroyed again for nothing.
		if _, err := e.stack.Destroy(context.Background(), optdestroy.SuppressProgress()); err != nil {
			t.Error("destroying what the test left:", err)
		}
	})
	res, err := e.stack.Up(t.Context(), optup.SuppressProgress())
	require.NoError(t, err)
	out, err := json.Marshal(map[string]any{"grid": res.Outputs["grid"].Value})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(e.gridFile(), out, 0o600))

	t.Run("a second preview shows what moto echoes and nothing else", func(t *testing.T) { e.in(t).echoesOnly() })
	t.Run("the fleet is scaled on the backlog of a worker", func(t *testing.T) { e.in(t).scalesOnBacklog() })
	t.Run("the first machine makes the volume", func(t *testing.T) { e.in(t).makesTheVolume() })
	t.Run("a machine of the launch template stands in the group", func(t *testing.T) { e.in(t).launches() })
	t.Run("a job goes through the queue and the worker", func(t *testing.T) { e.in(t).worksAJob() })
	t.Run("destroy leaves nothing", func(t *testing.T) {
		_, err := e.stack.Destroy(t.Context(), optdestroy.SuppressProgress())
		require.NoError(t, err)
		assert.Equal(t, before, e.in(t).account())
	})
}

// in is the same stack in a part of the test.
func (e *emulated) in(t *testing.T) *emulated {
	part := *e
	part.t = t
	return &part
}

func (e *emulated) gridFile() string { return filepath.Join(e.dir, "grid.json") }

// account lists what moto's account holds.
func (e *emulated) account() map[string][]string {
	e.t.Helper()
	cmd := exec.CommandContext(e.t.Context(), filepath.Join(e.root, ".venv", "bin", "python"), filepath.Join("testdata", "leftovers.py"), region)
	cmd.Env = append(os.Environ(), e.server.Environment()...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	require.NoError(e.t, err, errs.String())
	found := map[string][]string{}
	require.NoError(e.t, json.Unmarshal(out, &found))
	return found
}

// region is that of the stack aws-dev.
const region = "us-east-1"

func (e *emulated) echoesOnly() {
	t := e.t
	stream, done := make(chan events.EngineEvent), make(chan struct{})
	var changed []string
	go func() {
		defer close(done)
		for event := range stream {
			if event.ResourcePreEvent == nil || event.ResourcePreEvent.Metadata.Op == "same" {
				continue
			}
			m := event.ResourcePreEvent.Metadata
			typ := string(resource.URN(m.URN).Type())
			if m.Op != "update" || len(m.DetailedDiff) == 0 {
				changed = append(changed, string(m.Op)+" "+m.URN)
			}
			for property, diff := range m.DetailedDiff {
				if !slices.ContainsFunc(echoes[typ], func(echo string) bool { return within(property, echo) }) {
					changed = append(changed, string(m.Op)+" "+m.URN+" "+property+" "+string(diff.Kind))
				}
			}
		}
	}()
	_, err := e.stack.Preview(t.Context(), optpreview.EventStreams(stream), optpreview.SuppressProgress())
	<-done
	require.NoError(t, err)
	assert.Empty(t, changed)
}

// within reports whether a property's path is that of whole or of a part of it.
func within(path, whole string) bool {
	rest, ok := strings.CutPrefix(path, whole)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// group is the name of the fleet's Auto Scaling group.
const group = "spotgrid-aws-dev-grid-spot"

func (e *emulated) groups() *autoscaling.Client {
	cfg := e.server.Config(e.t)
	cfg.Region = region
	return autoscaling.NewFromConfig(cfg)
}

func (e *emulated) scalesOnBacklog() {
	out, err := e.groups().DescribePolicies(e.t.Context(), &autoscaling.DescribePoliciesInput{
		AutoScalingGroupName: aws.String(group), PolicyTypes: []string{"TargetTrackingScaling"},
	})
	require.NoError(e.t, err)
	require.Len(e.t, out.ScalingPolicies, 1)
	tracking := out.ScalingPolicies[0].TargetTrackingConfiguration
	assert.Equal(e.t, 4.0, aws.ToFloat64(tracking.TargetValue), "jobsPerWorker of the stack's configuration")
	var names []string
	for _, m := range tracking.CustomizedMetricSpecification.Metrics {
		if m.MetricStat != nil {
			names = append(names, aws.ToString(m.MetricStat.Metric.MetricName))
		}
	}
	assert.Subset(e.t, names, []string{"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "GroupInServiceInstances"})
}

// launches lets moto start a machine as EC2 would of the group's template.
func (e *emulated) launches() {
	t := e.t
	client := e.groups()
	scale := func(n int32) {
		_, err := client.SetDesiredCapacity(t.Context(), &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: aws.String(group), DesiredCapacity: &n})
		require.NoError(t, err)
	}
	scale(1)
	defer scale(0)
	out, err := client.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{group}})
	require.NoError(t, err)
	require.Len(t, out.AutoScalingGroups, 1)
	require.Len(t, out.AutoScalingGroups[0].Instances, 1)
	one := out.AutoScalingGroups[0].Instances[0]
	assert.Equal(t, "InService", string(one.LifecycleState))
	assert.False(t, aws.ToBool(one.ProtectedFromScaleIn), "a worker protects itself, and only while it works")
	workers, err := e.spotgrid("workers")
	require.NoError(t, err)
	assert.Contains(t, workers, aws.ToString(one.InstanceId))
}

// spotgrid runs the user's command on the grid.
func (e *emulated) spotgrid(args ...string) (string, error) {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), 2*time.Minute)
	defer cancel()
	args = append([]string{"--grid", e.gridFile(), "--volume", "file://" + e.volume()}, args...)
	cmd := exec.CommandContext(ctx, filepath.Join(e.root, "bin", "spotgrid"), args...)
	cmd.Env = append(os.Environ(), e.server.Environment()...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil {
		e.t.Logf("spotgrid %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.String(), err
}

// volume stands for the mounted file system: moto's EFS holds no files.
func (e *emulated) volume() string { return filepath.Join(e.dir, "volume") }

// worker is the program with the environment that machines boot with, but for
// what only a machine has.
func (e *emulated) worker(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(e.root, "bin", "worker"), args...)
	cmd.Env = slices.Concat(os.Environ(), e.server.Environment(), e.workerEnvironment(),
		[]string{"SPOTGRID_WORKER=i-0123456789abcdef0", "SPOTGRID_METADATA_URL=", "SPOTGRID_VOLUME_URL=file://" + e.volume()})
	return cmd
}

func (e *emulated) makesTheVolume() {
	out, err := e.worker("init-volume").CombinedOutput()
	require.NoError(e.t, err, string(out))
}

// worksAJob runs the worker with the environment that machines boot with.
func (e *emulated) worksAJob() {
	t := e.t
	worker := e.worker()
	var log bytes.Buffer
	worker.Stderr = &log
	require.NoError(t, worker.Start())
	_, err := e.spotgrid("submit", "--batch", "first", "--count", "3", "--watch", "--", "echo", "hello")
	assert.NoError(t, err)
	require.NoError(t, worker.Process.Signal(os.Interrupt))
	require.NoError(t, worker.Wait(), log.String())
	results, err := e.spotgrid("results", "first", "--json")
	require.NoError(t, err)
	assert.Equal(t, 3, strings.Count(results, `"job_id"`), results)
}

// workerEnvironment reads what the launch template's user data writes for the
// worker.
func (e *emulated) workerEnvironment() []string {
	t := e.t
	template := e.state("aws:ec2/launchTemplate:LaunchTemplate")
	encoded, ok := template["userData"].(string)
	require.True(t, ok)
	text, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	var config struct {
		Files []struct {
			Path    string `json:"path"`
			Content string `json:"content"`
		} `json:"write_files"`
	}
	_, body, found := strings.Cut(string(text), "\n")
	require.True(t, found)
	require.NoError(t, json.Unmarshal([]byte(body), &config))
	for _, f := range config.Files {
		if f.Path != "/etc/spotgrid/worker.env" {
			continue
		}
		var env []string
		for line := range strings.Lines(f.Content) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			env = append(env, name+"="+strings.Trim(value, `"'`))
		}
		return env
	}
	t.Fatal("the user data writes no /etc/spotgrid/worker.env")
	return nil
}

// state are the outputs of the stack's one resource of that type.
func (e *emulated) state(typ string) map[string]any {
	t := e.t
	exported, err := e.stack.Export(t.Context())
	require.NoError(t, err)
	var deployment struct {
		Resources []struct {
			Type    string         `json:"type"`
			Outputs map[string]any `json:"outputs"`
		} `json:"resources"`
	}
	require.NoError(t, json.Unmarshal(exported.Deployment, &deployment))
	for _, r := range deployment.Resources {
		if r.Type == typ {
			return r.Outputs
		}
	}
	t.Fatalf("the stack has no %s", typ)
	return nil
}
