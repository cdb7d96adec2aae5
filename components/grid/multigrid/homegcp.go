package multigrid

import (
	"fmt"
	"path"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/serviceaccount"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/grid/awsgrid"
	"github.com/spotgrid/spotgrid/components/grid/gcpgrid"
	"github.com/spotgrid/spotgrid/components/trust/awsrole"
	"github.com/spotgrid/spotgrid/components/trust/googlepool"
)

// credentialsFile is what Google's libraries on a machine of AWS read. It holds
// no secret.
const credentialsFile = "google.json"

// machines are a fleet on AWS that works for a grid on Google Cloud.
type machines struct {
	fleet string // in the settings
	args  fleet.Args
	*asgfleet.Resources
}

// atHomeOnGCP: jobs are on Pub/Sub, results on Cloud Storage. A pool takes the
// roles of the machines on AWS, and the scaler on Google Cloud sizes their groups
// by a role of its own there.
func (p *plan) atHomeOnGCP() (*grid.Drivers, error) {
	pool, err := googlepool.New(p.ctx, p.child("pool"), googlepool.Args{Project: p.options.GCP.Project, Random: p.options.Random}, p.parent)
	if err != nil {
		return nil, err
	}
	p.gcp.SetAbroad(&gcpgrid.Abroad{AdmitScaler: p.letSizeOnAWS, Fleets: p.fleetsOnAWS})
	home, err := p.gcp.Prepare(p.ctx, p.child("gcp"), p.parent)
	if err != nil {
		return nil, err
	}
	p.aws.SetAbroad(&awsgrid.Abroad{
		Environment: pulumi.StringMap{
			"GOOGLE_APPLICATION_CREDENTIALS": pulumi.String(path.Join(asgfleet.SettingsFolder, credentialsFile)),
			"GOOGLE_CLOUD_PROJECT":           pulumi.String(p.options.GCP.Project),
		},
		Files: map[string]pulumi.StringInput{credentialsFile: pool.ClientConfig},
		Built: func(name string, a fleet.Args, r *asgfleet.Resources) {
			p.machines = append(p.machines, machines{name, a, r})
		},
	})
	onAWS, err := p.aws.Prepare(p.ctx, p.child("aws"), p.parent)
	if err != nil {
		return nil, err
	}
	d := p.both(home, onAWS, home)
	d.Complete = func() error {
		if err := p.admitToGCP(pool); err != nil {
			return err
		}
		return home.Complete()
	}
	return d, nil
}

// admitToGCP lets the roles of all machines on AWS into the pool, and each take
// jobs and use the volume.
func (p *plan) admitToGCP(pool *googlepool.Pool) error {
	if len(p.machines) == 0 {
		return nil
	}
	var roles []pulumi.StringInput
	for _, m := range p.machines {
		roles = append(roles, m.Role.Arn)
	}
	members, err := pool.Admit(p.ctx, roles...)
	if err != nil {
		return err
	}
	for i, m := range p.machines {
		if err := p.gcp.GrantWork(p.child(m.fleet+"-abroad"), m.args, members[i], p.parent); err != nil {
			return fmt.Errorf("granting work to fleet %q: %w", m.fleet, err)
		}
	}
	return nil
}

// fleetsOnAWS are what the scaler looks after beside its own.
func (p *plan) fleetsOnAWS() (all []gcpgrid.FleetAbroad) {
	for _, m := range p.machines {
		all = append(all, gcpgrid.FleetAbroad{
			Name: m.fleet, QueueURL: m.args.Queue.URL, GroupURL: pulumi.Sprintf("asg://%s/%s", p.options.AWS.Region, m.Group.Name),
			MinWorkers: m.MinWorkers, MaxWorkers: m.MaxWorkers, JobsPerWorker: m.JobsPerWorker, IdleSeconds: m.args.IdleSeconds,
		})
	}
	return all
}

// letSizeOnAWS makes the role by which the scaler sizes groups.
func (p *plan) letSizeOnAWS(name string, account *serviceaccount.Account, parent pulumi.ResourceOption) (pulumi.StringMap, error) {
	var groups []pulumi.StringInput
	for _, m := range p.machines {
		groups = append(groups, m.Group.Arn)
	}
	if len(groups) == 0 {
		return nil, nil
	}
	return p.roleOnAWS(name, account, awsrole.ScalerGroups(p.options.AWS.Region, groups...), parent)
}
