package main

import "syscall"

// endWithParent has the kernel kill the process when the host dies, however it
// dies.
func endWithParent(attributes *syscall.SysProcAttr) {
	attributes.Pdeathsig = syscall.SIGKILL
}
