// Package machinegroup is the group that a worker's machine belongs to. There are
// two sorts, which Caps tells apart:
//
//   - A group that takes machines away when there is no work. A worker tells it
//     two things: not to take this machine away while it works, and that the
//     machine, which is being taken away, has drained and may go.
//   - A group that cannot be told to spare a machine. It is only ever made larger
//     while there is work, and a worker that has had nothing to do for a while
//     takes its own machine out: who could know better that no job runs on it.
//
// Group is the type to use. It adds retries and error kinds to a Driver; there is
// one package per service (asg, mig, memory), and every driver passes the suite in
// machinegrouptest.
package machinegroup
