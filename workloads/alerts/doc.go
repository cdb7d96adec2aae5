// Package alerts judges a team's pager by its history: which rules fire as by
// chance, which announce incidents, which flap or go unheeded, and how much
// sleep silencing some of them would return. Package history reads histories,
// chart and page draw what comes out here.
package alerts
