package filestorevolume

// Tier is where an instance stands, and what it survives.
type Tier string

const (
	// TierZonal stands in one zone. If the zone fails, no worker can commit
	// until it is back.
	TierZonal Tier = "ZONAL"
	// TierRegional survives the failure of a zone. It starts smaller.
	TierRegional Tier = "REGIONAL"
)

// sizes is a range of sizes in GiB. Sources: Filestore, zonal tier and regional
// tier.
type sizes struct {
	min, max int
	// step is what a size is a multiple of; 1: the page names none.
	step int
}

// large is the upper range of both tiers: 10 TiB..100 TiB by 2.5 TiB.
var large = sizes{10 * 1024, 100 * 1024, 2560}

// ranges are what each tier comes in. The zonal tier's lower one ends at 9.75
// TiB.
var ranges = map[Tier][]sizes{
	TierZonal:    {{1024, 9984, 256}, large},
	TierRegional: {{100, 10*1024 - 1, 1}, large},
}

func (s sizes) has(gib int) bool { return gib >= s.min && gib <= s.max && gib%s.step == 0 }

// clientsOf is how many machines an instance of a size serves: 2,000 for each
// TiB in steps of 500, or 8,000 for each 10 TiB in steps of 2,000 (Filestore,
// zonal tier, client connections). What it serves below the first step is not
// said: a share of the 2,000 is assumed.
func clientsOf(gib int) int {
	switch {
	case gib >= large.min:
		return gib / large.step * 2000
	case gib >= 256:
		return gib / 256 * 500
	}
	return gib * 2000 / 1024
}
