// Package scaler makes fleets larger while their jobs wait. It is for clouds
// whose machine groups go by no metric that is good enough: it looks at the
// backlog of each fleet's queue, decides how many machines its groups should
// have, and asks the groups for them. It runs for a moment every minute or so and
// keeps nothing that it could not do without.
//
// A fleet's groups are ranked: the first that has room and capacity is asked
// first. One that has been asked for more than it has for longer than the fleet's
// patience has no capacity (it is dry): what it owes is taken back and asked of the
// next, and it is not asked again while its failures are fresh.
//
// No machine that runs is taken away while there is work. Machines without work
// leave by themselves (package machinegroup/mig), since nobody else knows so soon
// and so surely. Only when nothing has waited or run for QuietSeconds, and a group
// has been above its minimum for as long, is it set to that, which then ends
// nothing but machines that should have left and could not. Machines of EC2 Auto
// Scaling do not leave by themselves: they stay until then, and the group ends
// those that no worker protects.
//
// Decide is all of the deciding, without any input or output.
package scaler
