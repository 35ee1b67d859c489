//go:build linux || darwin || freebsd

package app

import "syscall"

// freeSpace is how many bytes we may still write where path lies.
func freeSpace(path string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
