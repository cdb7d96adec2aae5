// Package machinegroup is the group that a worker's machine belongs to, which
// adds machines when there is work and takes them away when there is none. A
// worker tells it two things: not to take this machine away while it works, and
// that the machine, which is being taken away, has drained and may go.
//
// Group is the type to use. It adds retries and error kinds to a Driver; there is
// one package per service (asg, memory), and every driver passes the suite in
// machinegrouptest.
package machinegroup
