// Package components is the map of what stacks are built from.
//
// A concept is a folder: network, queue, volume, fleet, function, artifact
// (programs), image (container images), and grid, which wires the others. Each
// has a portable type (queue.go), the interface its drivers implement
// (driver.go), one conformance suite that every driver passes (queuetest) and
// one package per service (localqueue, sqsqueue, ...). Nothing here reads
// configuration: that is for stacks. What a component hands to a workload is a
// URL in an environment variable, and nothing else.
package components
