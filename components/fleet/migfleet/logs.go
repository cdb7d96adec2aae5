package migfleet

import (
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/logging"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// serialLog is what a machine prints to its console (Compute Engine, view
	// serial port output, Cloud Logging).
	serialLog = "serialconsole.googleapis.com%2Fserial_port_1_output"
	// bootLog is what boot.sh writes when it gives up.
	bootLog = "spotgrid-boot"
)

// buildLogs keeps a copy of the fleet's logs for LogDays, in its region.
// Entries cost for each GB in every bucket that they are kept in. A sink needs
// no right to write to a bucket of its own project (Cloud Logging API
// reference, LogSink.writerIdentity).
func (p *plan) buildLogs() error {
	o := p.options
	if o.LogDays == 0 {
		return nil
	}
	args := &logging.ProjectBucketConfigArgs{
		BucketId: pulumi.String(p.id), Location: pulumi.String(o.Region), Project: pulumi.String(o.Project),
		RetentionDays: pulumi.Int(o.LogDays), Description: pulumi.String("Machines of fleet " + p.name),
	}
	if o.KMSKeyName != nil {
		args.CmekSettings = logging.ProjectBucketConfigCmekSettingsArgs{KmsKeyName: o.KMSKeyName}
	}
	bucket, err := logging.NewProjectBucketConfig(p.ctx, p.child("logs"), args, p.parent)
	if err != nil {
		return err
	}
	_, err = logging.NewProjectSink(p.ctx, p.child("logs"), &logging.ProjectSinkArgs{
		Project: pulumi.String(o.Project), Destination: pulumi.Sprintf("logging.googleapis.com/%s", bucket.ID()),
		Filter: pulumi.String(p.logFilter()), UniqueWriterIdentity: pulumi.Bool(true),
		Description: pulumi.String("Logs of the machines of fleet " + p.name),
	}, p.parent)
	return err
}

// logFilter picks what the fleet's machines say, by their names.
func (p *plan) logFilter() string {
	return fmt.Sprintf(`resource.type="gce_instance" AND (LOG_ID("%s") OR LOG_ID("%s")) AND labels."compute.googleapis.com/resource_name"=~"^%s-"`,
		serialLog, bootLog, p.id)
}
