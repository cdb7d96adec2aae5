package cost

import (
	"slices"
	"strings"
)

// gcpRules are those of what Google Cloud bills for being there, and of machines.
var gcpRules = map[string]rule{
	fleetType:                         {fleetInputs, (*estimator).gcpFleet},
	"gcp:filestore/instance:Instance": {[]string{"tier", "fileShares", "performanceConfig"}, (*estimator).filestore},
	"gcp:kms/cryptoKey:CryptoKey": {[]string{"rotationPeriod"}, func(e *estimator, r Resource) {
		versions := always(1)
		if r.in("rotationPeriod").state != absent {
			versions.High = versionsOfAYear
		}
		e.add(r, "kms_key_version_month", versions)
	}},
	"gcp:cloudscheduler/job:Job": {[]string{"schedule"}, func(e *estimator, r Resource) { e.add(r, "scheduler_job_month", always(1)) }},
	"gcp:compute/routerNat:RouterNat": {price: func(e *estimator, r Resource) {
		hours := e.share("gcp", r.Type, e.sum("gcp", hoursOf))
		hours = Range{min(hours.Low, natMostHours), min(hours.Likely, natMostHours), min(hours.High, natMostHours)}
		e.add(r, "nat_machine_hour", hours)
		// An address is held while there are machines.
		e.add(r, "nat_address_hour", Range{min(hours.Low, HoursPerMonth), min(hours.Likely, HoursPerMonth), HoursPerMonth})
		e.add(r, "nat_gib", e.share("gcp", r.Type, e.wayOut("gcp")))
	}},
}

// natMostHours of machines are paid: those of 32, whatever their number ("Cloud NAT
// pricing").
const natMostHours = 32 * HoursPerMonth

// versionsOfAYear is how many versions a key that is rotated every 90 days has
// after a year: old ones are kept, since data may need them.
const versionsOfAYear = 5

const (
	instanceTemplate = "gcp:compute/instanceTemplate:InstanceTemplate"
	groupManager     = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager"
	logBucket        = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
)

// gcpFleet prices a fleet on Google Cloud: its groups have sizes that only the
// scaler knows, so the component stands for them. Those of AWS are priced with
// their group.
func (e *estimator) gcpFleet(r Resource) {
	f := e.fleetOf(r)
	if target := r.in("target").text(); f.cloud == "" && target != "local" {
		e.unpriced(r, "none of its machines' resources is there")
	}
	if f.cloud != "gcp" {
		return
	}
	if f.unknown != "" {
		e.unpriced(r, f.unknown+" is not known before it is made, and with it how many machines there are")
		return
	}
	templates := e.children(r.URN, instanceTemplate)
	spot := slices.DeleteFunc(slices.Clone(templates), func(t Resource) bool { return t.in("scheduling", "provisioningModel").text() != "SPOT" })
	types := typesOf(spot)
	if len(types) == 0 {
		types = typesOf(templates)
	}
	if len(types) == 0 {
		e.unpriced(r, "its machine types are not known")
		return
	}
	e.machines(r, f, types, e.gcpOnDemand(r, f, templates))
	e.gcpDisk(r, f, templates)
	e.gcpLogs(r, f)
}

// gcpOnDemand is the machines of groups that are not spot: as many as the groups
// are made with, since the scaler does not touch those.
func (e *estimator) gcpOnDemand(r Resource, f *fleet, templates []Resource) Range {
	hours := 0.0
	for _, g := range e.children(r.URN, groupManager) {
		isStandard := slices.ContainsFunc(templates, func(t Resource) bool {
			return t.Name() == g.Name() && t.in("scheduling", "provisioningModel").text() != "SPOT"
		})
		if size, _ := g.in("targetSize").number(0); isStandard {
			hours += size * HoursPerMonth
		}
	}
	return Range{min(hours, f.hours.Low), min(hours, f.hours.Likely), min(hours, f.hours.High)}
}

func typesOf(templates []Resource) []string {
	var types []string
	for _, t := range templates {
		if name := t.in("machineType").text(); name != "" && !slices.Contains(types, name) {
			types = append(types, name)
		}
	}
	return types
}

// gcpDisk prices a machine's disk, of the first template whose kind of disk the book
// has: which machine type a machine is of is not known.
func (e *estimator) gcpDisk(r Resource, f *fleet, templates []Resource) {
	priced := false
	var lacking []Resource
	for _, t := range templates {
		for _, d := range t.in("disks").list() {
			size, state := d.at("diskSizeGb").number(0)
			item := strings.ReplaceAll(d.at("diskType").text(), "-", "_") + "_gib_month"
			_, _, has := e.find("gcp", f.region, item)
			switch {
			case !has:
				lacking = append(lacking, t)
			case state == known && !priced:
				e.add(r, item, f.hours.scale(size/HoursPerMonth))
				priced = true
			}
		}
	}
	if len(templates) > 0 && !priced {
		e.unpriced(r, "no disk of its machines has a size that is known and a price in the book")
		return
	}
	for _, t := range lacking {
		kind := t.in("disks").list()[0].at("diskType").text()
		e.unpriced(t, "the book has no price of its disk, "+kind+": machines count with that of another type")
	}
}

// gcpLogs prices what machines log: into the project's bucket, and once more into
// one of the fleet's own.
func (e *estimator) gcpLogs(r Resource, f *fleet) {
	const kibPerGiB = 1 << 20
	gib := f.jobs.scale(e.load.LogKiBPerJob / kibPerGiB)
	e.add(r, "log_ingestion_gib", gib)
	for _, b := range e.children(r.URN, logBucket) {
		days, _ := b.in("retentionDays").number(freeLogDays)
		e.add(r, "log_ingestion_gib", gib)
		if days > freeLogDays {
			e.add(r, "log_retention_gib_month", gib.scale((days-freeLogDays)/daysPerMonth))
		}
	}
}

// freeLogDays of retention are in the price of ingestion.
const freeLogDays = 30

// tiers are Filestore's, with their items. Source of the old names: the API's
// Tier.
var tiers = map[string]string{
	"BASIC_HDD": "filestore_basic_hdd_gib_month", "STANDARD": "filestore_basic_hdd_gib_month",
	"BASIC_SSD": "filestore_basic_ssd_gib_month", "PREMIUM": "filestore_basic_ssd_gib_month",
	"ZONAL": "filestore_zonal_gib_month", "HIGH_SCALE_SSD": "filestore_zonal_gib_month",
	"REGIONAL": "filestore_regional_gib_month", "ENTERPRISE": "filestore_enterprise_gib_month",
}

// filestore is paid for by its whole size, used or not.
func (e *estimator) filestore(r Resource) {
	item, ok := tiers[r.in("tier").text()]
	size, state := r.in("fileShares", "capacityGb").number(0)
	switch {
	case !ok:
		e.unpriced(r, "the book has no price of tier "+r.in("tier").text())
		return
	case state != known:
		e.unpriced(r, "its size is not known")
		return
	}
	e.add(r, item, always(size))
	if item == tiers["BASIC_HDD"] {
		// One source has a price for each instance, another says that it is waived
		// from 1 TiB on.
		e.add(r, "filestore_basic_hdd_instance_month", Range{0, 0, 1})
	}
	if r.in("performanceConfig").state != absent {
		e.unpriced(r, "custom performance has prices of its own, which the book lacks")
	}
}
