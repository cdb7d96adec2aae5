package gcpgrid

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/projects"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/function/runfunction"
	"github.com/spotgrid/spotgrid/components/naming"
)

const (
	// scalerVariable is what the scaler reads its fleets from.
	scalerVariable = "SPOTGRID_SCALER"
	// scalerSeconds leaves a call of every minute over before the next one;
	// scalerMiB is the least that Cloud Run gives and a Go program needs.
	scalerSeconds = 50
	scalerMiB     = 256
	// minQuietSeconds is how long nothing must have waited or run before groups
	// are set to their minimum: counts are minutes late.
	minQuietSeconds = 900
)

// scalerFleet is one fleet of the scaler's settings.
type scalerFleet struct {
	Name          string        `json:"name"`
	Queue         string        `json:"queue"`
	JobsPerWorker int           `json:"jobsPerWorker"`
	MaxWorkers    int           `json:"maxWorkers"`
	QuietSeconds  int           `json:"quietSeconds"`
	Groups        []scalerGroup `json:"groups"`
}

// scalerGroup is one group of a fleet.
type scalerGroup struct {
	URL        string `json:"url"`
	MinWorkers int    `json:"minWorkers"`
	MaxWorkers int    `json:"maxWorkers"`
}

// buildScaler makes the function that asks the groups for machines. One instance
// at a time: two calls must not both answer the same jobs.
func (p *plan) buildScaler() error {
	settings := p.scalerSettings()
	if settings == nil {
		return nil
	}
	name := p.child("scaler")
	account, err := runfunction.NewAccount(p.ctx, p.options.Project, name, p.parent)
	if err != nil {
		return err
	}
	environment := pulumi.StringMap{scalerVariable: settings}
	if a := p.options.Abroad; a != nil {
		told, err := a.AdmitScaler(naming.Child(name, "abroad"), account, p.parent)
		if err != nil {
			return err
		}
		maps.Copy(environment, told)
	}
	o := p.functionOptions()
	o.Account = account
	_, err = function.New(p.ctx, name, runfunction.New(o), function.Args{
		Program: p.options.Scaler, TimeoutSeconds: scalerSeconds, MemoryMiB: scalerMiB, Concurrency: 1,
		Environment: environment, Schedules: []function.Schedule{{Cron: p.options.ScaleEvery}},
	}, p.parent)
	if err != nil {
		return err
	}
	return p.letScale(name, account.Member)
}

// scalerSettings are nil where there is nothing to look after, as where Compute
// Engine enlarges all groups itself.
func (p *plan) scalerSettings() pulumi.StringInput {
	var all []any
	for _, f := range p.fleets {
		if f.NativeAutoscaler {
			continue
		}
		known := []any{f.args.Queue.URL}
		for _, g := range f.Groups {
			known = append(known, g.Name)
		}
		all = append(all, pulumi.All(known...).ApplyT(func(v []any) scalerFleet { return p.scalerFleet(f, v) }))
	}
	if a := p.options.Abroad; a != nil && a.Fleets != nil {
		for _, f := range a.Fleets() {
			all = append(all, pulumi.All(f.QueueURL, f.GroupURL).ApplyT(func(v []any) scalerFleet { return f.scalerFleet(v) }))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return pulumi.All(all...).ApplyT(func(fleets []any) (string, error) {
		b, err := json.Marshal(map[string]any{"fleets": fleets})
		return string(b), err
	}).(pulumi.StringOutput)
}

// scalerFleet is a fleet of the other cloud whose URLs are known.
func (f FleetAbroad) scalerFleet(known []any) scalerFleet {
	return scalerFleet{
		Name: f.Name, Queue: known[0].(string), JobsPerWorker: f.JobsPerWorker, MaxWorkers: f.MaxWorkers, QuietSeconds: quiet(f.IdleSeconds),
		Groups: []scalerGroup{{URL: known[1].(string), MinWorkers: f.MinWorkers, MaxWorkers: f.MaxWorkers}},
	}
}

// quiet is for how long nothing must have waited or run, in seconds: by then the
// workers that can have left.
func quiet(idleSeconds int) int { return max(minQuietSeconds, 2*idleSeconds) }

// scalerFleet is a fleet whose queue's URL and groups' names are known.
func (p *plan) scalerFleet(f builtFleet, known []any) scalerFleet {
	s := scalerFleet{
		Name: f.name, Queue: known[0].(string), JobsPerWorker: f.JobsPerWorker, MaxWorkers: f.MaxWorkers,
		QuietSeconds: quiet(f.args.IdleSeconds),
	}
	for i, g := range f.Groups {
		s.Groups = append(s.Groups, scalerGroup{
			URL:        fmt.Sprintf("mig://%s/%s/%s", p.options.Project, g.Location, known[i+1]),
			MinWorkers: g.MinWorkers, MaxWorkers: g.MaxWorkers,
		})
	}
	return s
}

// letScale lets the scaler look at the backlog and at groups, and resize them.
// Groups have no policy of their own and IAM's conditions know no name of
// theirs, so it is all groups of the project.
func (p *plan) letScale(name string, member pulumi.StringInput) error {
	role, err := projects.NewIAMCustomRole(p.ctx, name+"-role", &projects.IAMCustomRoleArgs{
		RoleId: pulumi.String(roleID(p.ctx, name)), Title: pulumi.String("Scale fleets"), Project: pulumi.String(p.options.Project),
		Description: pulumi.String("Counts the jobs that wait and asks managed instance groups for machines"),
		Permissions: pulumi.ToStringArray([]string{
			"compute.instanceGroupManagers.get", "compute.instanceGroupManagers.update", "monitoring.timeSeries.list",
		}),
	}, p.parent)
	if err != nil {
		return err
	}
	_, err = projects.NewIAMMember(p.ctx, name+"-scales", &projects.IAMMemberArgs{
		Project: pulumi.String(p.options.Project), Role: role.Name, Member: member,
	}, p.parent)
	return err
}

// roleID is of one stack: roles have no random names, and those that were
// deleted keep theirs for weeks (IAM, create and manage custom roles).
func roleID(ctx *pulumi.Context, name string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{ctx.Organization(), ctx.Project(), ctx.Stack(), name}, "/")))
	return "spotgrid_scale_" + hex.EncodeToString(sum[:4])
}
