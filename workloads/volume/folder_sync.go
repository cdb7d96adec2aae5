package volume

import (
	"errors"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	// fewFolders are synced one by one: each takes a local disk one flush of
	// its cache. For more, the whole file system is synced at once, which is
	// several times as fast, but writes what others left unwritten too.
	fewFolders = 8
	// syncsAtOnce is how many folders are synced at a time.
	syncsAtOnce = 16
)

// syncFolders makes the names in all of the folders durable.
func (f *folder) syncFolders(folders []string) error {
	if len(folders) == 1 {
		return syncFolder(folders[0])
	}
	if len(folders) > fewFolders && f.syncsWhole {
		return syncFileSystem(folders[0])
	}
	errs := make([]error, len(folders))
	places := make(chan struct{}, syncsAtOnce)
	var syncs sync.WaitGroup
	for i, folder := range folders {
		places <- struct{}{}
		syncs.Go(func() {
			errs[i] = syncFolder(folder)
			<-places
		})
	}
	syncs.Wait()
	return errors.Join(errs...)
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	return errors.Join(err, f.Close())
}

// syncFileSystem makes all that is on the file system of a folder durable.
// Since Linux 5.8 it reports failed writes, https://man7.org/linux/man-pages/man2/syncfs.2.html.
func syncFileSystem(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = os.NewSyscallError("syncfs", unix.Syncfs(int(f.Fd())))
	return errors.Join(err, f.Close())
}

// wholeSyncers are the file systems on local disks, of which syncfs is known to
// wait for the disk. FUSE may ignore it,
// and on NFS it would send what other programs are about to write, whereas
// there a folder costs next to nothing: names are durable when they are made.
var wholeSyncers = []int64{unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.TMPFS_MAGIC}

// syncsWhole reports whether syncfs can be relied upon where path is.
func syncsWhole(path string) (bool, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return false, &os.PathError{Op: "statfs", Path: path, Err: err}
	}
	return slices.Contains(wholeSyncers, int64(s.Type)), nil
}
