package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// The kinds of errors that are the volume's own fault. The work is not lost
// by them: give the job back to its queue and try later.
var (
	// ErrFull: no room on the disk, or the quota is used up.
	ErrFull = errors.New("the volume is full; make room or raise its quota")
	// ErrUnavailable: the share or bucket is not there, went stale, is read-only,
	// throttled or cannot be reached.
	ErrUnavailable = errors.New("the volume is unavailable; check that its share is mounted, or its bucket can be reached, and is writable")
)

// ErrExist: there is one already, and it was left as it is.
var ErrExist = errors.New("it exists already")

var fullCodes = []error{syscall.ENOSPC, syscall.EDQUOT}

var unavailableCodes = []error{
	syscall.EIO, syscall.ESTALE, syscall.ENOTCONN, syscall.EHOSTDOWN, syscall.EHOSTUNREACH,
	syscall.ETIMEDOUT, syscall.EROFS, syscall.EACCES, syscall.EPERM, syscall.ENODEV, syscall.ENXIO,
	syscall.ENOTDIR, syscall.EMFILE, syscall.ENFILE, fs.ErrNotExist,
}

// classify marks the error of a write as ErrFull or ErrUnavailable.
func classify(err error) error {
	for _, code := range fullCodes {
		if errors.Is(err, code) {
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
	}
	for _, code := range unavailableCodes {
		if errors.Is(err, code) {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	return err
}
