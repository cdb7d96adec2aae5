package multigrid

import (
	"errors"
	"maps"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/serviceaccount"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/grid/gcpgrid"
	"github.com/spotgrid/spotgrid/components/policydoc"
	"github.com/spotgrid/spotgrid/components/trust/awsrole"
)

// atHomeOnAWS: jobs are on SQS, results on S3. Each fleet on Google Cloud has a
// role of AWS that its machines assume, and the scaler there one to count jobs.
func (p *plan) atHomeOnAWS() (*grid.Drivers, error) {
	home, err := p.aws.Prepare(p.ctx, p.child("aws"), p.parent)
	if err != nil {
		return nil, err
	}
	p.gcp.SetAbroad(&gcpgrid.Abroad{Admit: p.admitToAWS, AdmitScaler: p.letCountOnAWS})
	onGCP, err := p.gcp.Prepare(p.ctx, p.child("gcp"), p.parent)
	if err != nil {
		return nil, err
	}
	return p.both(home, home, onGCP), nil
}

// admitToAWS makes the role of a fleet's machines.
func (p *plan) admitToAWS(name string, a fleet.Args, account *serviceaccount.Account, parent pulumi.ResourceOption) (pulumi.StringMap, error) {
	statements, err := p.aws.WorkerStatements(a)
	if err != nil {
		return nil, err
	}
	p.admitted[name] = a
	return p.roleOnAWS(name, account, statements, parent)
}

// letCountOnAWS makes the role of the scaler.
func (p *plan) letCountOnAWS(name string, account *serviceaccount.Account, parent pulumi.ResourceOption) (pulumi.StringMap, error) {
	for _, a := range p.admitted { // all work on the grid's one queue
		return p.roleOnAWS(name, account, awsrole.ScalerQueue(p.options.AWS.Region, a.Queue.ID), parent)
	}
	return nil, errors.New("no fleet on Google Cloud is declared, so there is nothing to scale")
}

// roleOnAWS lets one service account of Google Cloud do what the statements say,
// and returns what its workload is told for it.
func (p *plan) roleOnAWS(name string, account *serviceaccount.Account, statements []policydoc.Statement, parent pulumi.ResourceOption) (pulumi.StringMap, error) {
	role, err := awsrole.New(p.ctx, name, awsrole.Args{
		SubjectID: account.UniqueId, Audience: p.audience(), Statements: statements, Tags: p.options.AWS.Tags,
	}, parent)
	if err != nil {
		return nil, err
	}
	told := pulumi.StringMap{"SPOTGRID_AWS_REGION": pulumi.String(p.options.AWS.Region)}
	maps.Copy(told, role.Environment())
	return told, nil
}
