// Package queue is the portable job queue: messages are handed to one receiver
// at a time under a lease, come back when the lease runs out, and are gone for
// good once acknowledged. Delivery is at least once, so receivers must be able
// to see a message twice.
//
// Queue is the type to use. It adds retries, a heartbeat and error kinds to a
// Driver; there is one package per service (nats, memory), and every driver
// passes the suite in queuetest.
package queue
