//go:build unix && !linux

package main

import "syscall"

// endWithParent can do nothing here: when the host is killed, its programs end
// at their next call to it or to the engine.
func endWithParent(*syscall.SysProcAttr) {}
