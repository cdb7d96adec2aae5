// Package rules are the rules of the pack: one file a rule, by area in All. They
// know resources of this project's stacks and what is usually taken in their place
// on AWS and Google Cloud, and no engine.
package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// All lists the rules in the order in which they have to run: first what looks at
// waivers, then what mends, since a mended resource is then checked.
func All() []policy.Rule {
	first, last := policy.WaiverRules()
	all := []policy.Rule{
		first,
		mendTags, mendIMDSv2, mendLogs,

		noIdleMachines, groupCap, backlogScaling, stackBudget, costAnomalies, requiredTags, spotShare, spotPools, noSpotPriceCap, spotAllocation,
		machineFitsJob, currentGeneration, currentDisks, noProvisionedThroughput, logsExpire, artifactsExpire, gatewayWithFleet, interfaceEndpoints,
		noOnDemandGPU, filestoreSize,

		noWildcards, noPublicPrincipals, privateBuckets, noPublicAddresses, encrypted, ownKey, tlsOnly, imdsv2, noOpenSSH, noPlainSecrets, noStaticKeys,
		rootSquash, narrowExports, ownAccount, noWideRoles, imagesByDigest, machineImages,

		queueDeadLetters, deadLetterAlarm, leaseOverTimeout, severalZones, statefulProtected, deletionProtection, backedUp, templateVersion,
		healthAndDrain, noticesRouted,

		alarmAction, alarmText,
	}
	return append(all, last)
}
