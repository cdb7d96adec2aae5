package migfleet

import (
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// images are the families by architecture. Compute Engine takes the newest of a
// family when a machine starts (Compute Engine, image families), so that a new
// image needs no new declaration and reaches every machine within MaxRunHours.
//
// Debian's images have all that a worker's machine needs, so that nothing has
// to be installed, which a machine that only reaches Google's APIs could not:
// systemd, curl, the guest agent that runs boot.sh, and a kernel with the NFS
// client's modules (package linux-image-cloud, CONFIG_NFS_V3 and
// CONFIG_NFS_V4_1).
var images = map[string]string{"arm64": "debian-13-arm64", "amd64": "debian-13"}

const (
	imageProject   = "debian-cloud"
	secondsPerHour = 3600
	// graceHours is how much longer than MaxRunHours a machine lives whose
	// worker does not stop when it is told to.
	graceHours = 1
)

// buildTemplate describes a machine that nobody reaches from outside and that
// is gone for good when it ends. Its name is Pulumi's, so that a new template
// is there before the old one goes.
func (p *plan) buildTemplate(child string, m machine, g Group) (*compute.InstanceTemplate, error) {
	o := p.options
	metadata, err := p.metadata(g)
	if err != nil {
		return nil, err
	}
	return compute.NewInstanceTemplate(p.ctx, p.child(child), &compute.InstanceTemplateArgs{
		Project: pulumi.String(o.Project), Region: pulumi.String(o.Region), MachineType: pulumi.String(m.MachineType),
		Description: pulumi.String("A worker of fleet " + p.name), InstanceDescription: pulumi.String("A worker of fleet " + p.name),
		Disks: p.disk(m), Metadata: metadata, Labels: p.labels(), CanIpForward: pulumi.Bool(false),
		// No access configuration: no public address.
		NetworkInterfaces: compute.InstanceTemplateNetworkInterfaceArray{
			compute.InstanceTemplateNetworkInterfaceArgs{Subnetwork: o.SubnetID},
		},
		// The scope is the widest, and the roles decide, as Google advises
		// (Compute Engine, service accounts, scopes best practice).
		ServiceAccount: compute.InstanceTemplateServiceAccountArgs{
			Email: p.account.Email, Scopes: pulumi.ToStringArray([]string{"https://www.googleapis.com/auth/cloud-platform"}),
		},
		ShieldedInstanceConfig: compute.InstanceTemplateShieldedInstanceConfigArgs{
			EnableSecureBoot: pulumi.Bool(!o.WithoutSecureBoot), EnableVtpm: pulumi.Bool(true), EnableIntegrityMonitoring: pulumi.Bool(true),
		},
		Scheduling: p.scheduling(m),
	}, p.parent)
}

func (p *plan) disk(m machine) compute.InstanceTemplateDiskArray {
	root := compute.InstanceTemplateDiskArgs{
		Boot: pulumi.Bool(true), AutoDelete: pulumi.Bool(true), DiskType: pulumi.String(diskType(m.MachineType)),
		DiskSizeGb:  pulumi.Int(p.options.RootGiB),
		SourceImage: pulumi.String("projects/" + p.options.ImageProject + "/global/images/family/" + p.options.ImageFamily),
		Labels:      p.labels(),
	}
	if p.options.KMSKeyName != nil {
		root.DiskEncryptionKey = compute.InstanceTemplateDiskDiskEncryptionKeyArgs{KmsKeySelfLink: p.options.KMSKeyName}
	}
	return compute.InstanceTemplateDiskArray{root}
}

// scheduling is that of a machine which is deleted and not stopped, whoever
// ends it: its group makes another one if it is to. A machine that lived for
// longer than it should, because its worker did not stop, is deleted too
// (Compute Engine, limit the run time of a VM).
func (p *plan) scheduling(m machine) compute.InstanceTemplateSchedulingArgs {
	s := compute.InstanceTemplateSchedulingArgs{
		ProvisioningModel: pulumi.String("SPOT"), Preemptible: pulumi.Bool(true), OnHostMaintenance: pulumi.String("TERMINATE"),
		AutomaticRestart: pulumi.Bool(false), InstanceTerminationAction: pulumi.String("DELETE"),
		MaxRunDuration: compute.InstanceTemplateSchedulingMaxRunDurationArgs{
			Seconds: pulumi.Int((p.options.MaxRunHours + graceHours) * secondsPerHour),
		},
	}
	if m.onDemand {
		s.ProvisioningModel, s.Preemptible, s.OnHostMaintenance = pulumi.String("STANDARD"), pulumi.Bool(false), nil
	}
	return s
}
