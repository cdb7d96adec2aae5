package settings

import (
	"maps"
	"slices"
)

// Multicloud is spotgrid:multicloud: how a grid stands in two clouds. What each
// of them has is in spotgrid:aws and spotgrid:gcp.
type Multicloud struct {
	// Home is where queue, volume and functions are: aws or gcp.
	Home string `json:"home"`
}

// clouds are those that a grid can stand in.
var clouds = []string{"aws", "gcp"}

var defaultMulticloud = Multicloud{Home: "aws"}

// in reports whether something of the stack stands in a cloud. Queue, volume and
// functions do at home.
func (s Settings) in(cloud string) bool {
	return s.Target == cloud || s.Target == "multicloud" && slices.Contains(clouds, cloud)
}

// isHome reports whether queue, volume and functions are in a cloud.
func (s Settings) isHome(cloud string) bool {
	return s.Target == cloud || s.Target == "multicloud" && s.Multicloud.Home == cloud
}

// FleetsIn are the names of the fleets in a cloud, in order.
func (s Settings) FleetsIn(cloud string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Fleets)) {
		if s.Target == cloud || s.Fleets[name].Cloud == cloud {
			names = append(names, name)
		}
	}
	return names
}

// checkMulticloud looks at what each cloud needs, and at what both have to agree
// upon.
func (l *loader) checkMulticloud(s Settings) {
	l.oneOf("multicloud.home", s.Multicloud.Home, clouds...)
	for _, name := range slices.Sorted(maps.Keys(s.Fleets)) {
		l.oneOf("fleets."+name+".cloud", s.Fleets[name].Cloud, clouds...)
	}
	if s.Volume.Kind != "bucket" {
		l.addf("volume.kind is %q, want bucket: a job's result is claimed in one place, whichever cloud it ran in", s.Volume.Kind)
	}
	for cloud, egress := range map[string]string{"aws": s.AWS.Egress, "gcp": s.GCP.Egress} {
		if !s.isHome(cloud) && egress != "nat" {
			l.addf("%s.egress is %q, want nat: machines there reach the home through the internet", cloud, egress)
		}
	}
	if s.AWS.FunctionPackage != "zip" {
		l.addf("aws.functionPackage is %q, want zip on target multicloud", s.AWS.FunctionPackage)
	}
	l.checkAWS(s)
	l.checkGCP(s)
}

// checkNoCloud refuses a choice that there is not.
func (l *loader) checkNoCloud(s Settings) {
	for _, name := range slices.Sorted(maps.Keys(s.Fleets)) {
		if c := s.Fleets[name].Cloud; c != "" {
			l.addf("fleets.%s.cloud is %q, want none on target %s, which is one", name, c, s.Target)
		}
	}
}
