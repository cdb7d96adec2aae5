package asgfleet

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/machinetype"
)

// minTypes is how many types a fleet has to be flexible over, as AWS advises
// (EC2 Auto Scaling user guide, mixed instances groups set-up overview): each
// type in each zone is a pool of its own, and pools run dry.
const minTypes = 10

// DefaultTypes have two vCPUs and 4 to 16 GiB, by architecture. They are many,
// so that ten are left in nearly every region.
var DefaultTypes = map[string][]string{
	"arm64": {
		"c6g.large", "c6gd.large", "c6gn.large", "c7g.large", "c7gd.large", "c8g.large",
		"m6g.large", "m6gd.large", "m7g.large", "m7gd.large", "m8g.large",
		"r6g.large", "r6gd.large", "r7g.large", "r7gd.large", "r8g.large", "r8gd.large",
	},
	"amd64": {
		"c5.large", "c5a.large", "c5d.large", "c6a.large", "c6i.large", "c6in.large", "c7a.large", "c7i.large", "c8i.large",
		"m5.large", "m5a.large", "m5d.large", "m6a.large", "m6i.large", "m7a.large", "m7i.large", "m8i.large",
		"r5.large", "r5d.large", "r6i.large", "r7i.large", "r8i.large",
	},
}

// defaultTypes are those that the region has; all of them where the table does
// not know the region.
func (d *Driver) defaultTypes() []string {
	all := DefaultTypes[d.options.Architecture]
	if !d.knowsRegion() {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool {
		m, ok := d.table.Lookup(name)
		return ok && !m.In(d.options.Region)
	})
}

func (d *Driver) knowsRegion() bool { return len(d.table.Zones(d.options.Region)) > 0 }

func (d *Driver) checkTypes(f *limits.Faults) {
	o := d.options
	if o.Requirements != nil {
		if len(o.Types) > 0 {
			f.Addf("types and requirements are both given, want one of them")
		}
		d.checkRequirements(f, *o.Requirements)
		return
	}
	if len(o.Types) < minTypes {
		f.Addf("there are %d types, want %d or more, so that spot machines are found when a pool runs dry", len(o.Types), minTypes)
	}
	for i, name := range o.Types {
		if slices.Contains(o.Types[:i], name) {
			f.Addf("type %q is there twice", name)
			continue
		}
		d.checkType(f, name)
	}
}

func (d *Driver) checkType(f *limits.Faults, name string) {
	m, ok := d.table.Lookup(name)
	if !ok {
		if !d.options.AllowUnknownTypes {
			f.Add(d.table.Unknown(name))
		}
		return
	}
	if m.Architecture != d.options.Architecture {
		f.Addf("type %q is of architecture %s, want %s", name, m.Architecture, d.options.Architecture)
	}
	if d.knowsRegion() && !m.In(d.options.Region) {
		f.Addf("type %q is not offered in %s, by the table of %s", name, d.options.Region, d.table.AsOf)
	}
}

// maxProtectionPercent is far above what any two types of a size differ by.
const maxProtectionPercent = 1000

func (d *Driver) checkRequirements(f *limits.Faults, r Requirements) {
	f.Between("minVcpus", r.MinVCPUs, 1, 192)
	f.Between("maxVcpus", r.MaxVCPUs, max(1, r.MinVCPUs), 192)
	f.Between("minMemoryGib", r.MinMemoryGiB, 1, 4096)
	f.Between("maxMemoryGib", r.MaxMemoryGiB, max(1, r.MinMemoryGiB), 4096)
	f.Between("spotPriceProtectionPercent", r.SpotPriceProtectionPercent, 0, maxProtectionPercent)
	f.Between("onDemandPriceProtectionPercent", r.OnDemandPriceProtectionPercent, 0, maxProtectionPercent)
	if n := len(d.table.Select(func(m machinetype.Machine) bool { return d.meets(m, r) })); n < minTypes {
		f.Addf("requirements are met by %d types of the table of %s, want %d or more", n, d.table.AsOf, minTypes)
	}
}

func (d *Driver) meets(m machinetype.Machine, r Requirements) bool {
	return m.Architecture == d.options.Architecture && (m.In(d.options.Region) || !d.knowsRegion()) &&
		m.VCPUs >= r.MinVCPUs && m.VCPUs <= r.MaxVCPUs &&
		m.MemoryGiB >= float64(r.MinMemoryGiB) && m.MemoryGiB <= float64(r.MaxMemoryGiB)
}

// manufacturers of the processors by architecture, in EC2's words.
var manufacturers = map[string][]string{"arm64": {"amazon-web-services"}, "amd64": {"intel", "amd"}}

// overrides are the types that take the place of the template's.
func (d *Driver) overrides() autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArray {
	if r := d.options.Requirements; r != nil {
		return autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArray{
			autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs{InstanceRequirements: d.render(*r)},
		}
	}
	var list autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArray
	for _, name := range d.options.Types {
		list = append(list, autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs{InstanceType: pulumi.String(name)})
	}
	return list
}

// render leaves out what no worker is priced for: accelerators, whole hosts and
// types whose CPU runs on credits.
func (d *Driver) render(r Requirements) autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideInstanceRequirementsPtrInput {
	return autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideInstanceRequirementsArgs{
		VcpuCount: autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideInstanceRequirementsVcpuCountArgs{
			Min: pulumi.Int(r.MinVCPUs), Max: pulumi.Int(r.MaxVCPUs),
		},
		MemoryMib: autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideInstanceRequirementsMemoryMibArgs{
			Min: pulumi.Int(r.MinMemoryGiB << 10), Max: pulumi.Int(r.MaxMemoryGiB << 10),
		},
		AcceleratorCount: autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideInstanceRequirementsAcceleratorCountArgs{Max: pulumi.Int(0)},
		BareMetal:        pulumi.String("excluded"), BurstablePerformance: pulumi.String("excluded"),
		CpuManufacturers:                          pulumi.ToStringArray(manufacturers[d.options.Architecture]),
		SpotMaxPricePercentageOverLowestPrice:     pulumi.Int(orDefault(r.SpotPriceProtectionPercent, 100)),
		OnDemandMaxPricePercentageOverLowestPrice: pulumi.Int(orDefault(r.OnDemandPriceProtectionPercent, 20)),
	}
}

func orDefault(v, initial int) int {
	if v == 0 {
		return initial
	}
	return v
}
