package pg

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// owner returns the account that must own the data folder, or nil when the
// server may run as ourselves. PostgreSQL refuses to run as root.
func owner() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			return credential(u)
		}
	}
	return nil, errors.New("pg: running as root and neither user postgres nor nobody exists")
}

func credential(u *user.User) (*syscall.Credential, error) {
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errUID, errGID); err != nil {
		return nil, fmt.Errorf("pg: account %s: %w", u.Username, err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// handOver gives dir to the account of the server.
func handOver(dir string) error {
	cred, err := owner()
	if cred == nil || err != nil {
		return err
	}
	return os.Chown(dir, int(cred.Uid), int(cred.Gid))
}

// childAttr makes a child run as the owner and shut down at once (SIGQUIT is
// PostgreSQL's immediate shutdown, which takes its own children along) when
// the thread that started it dies, be it by kill -9.
func childAttr() (*syscall.SysProcAttr, error) {
	cred, err := owner()
	if err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: cred, Pdeathsig: syscall.SIGQUIT}, nil
}

// claim takes the lock that marks dir as in use; the kernel drops it with the
// process, whatever ends it. Closing the file releases it too.
func claim(dir string) (*os.File, error) {
	f, err := os.OpenFile(dir+"/lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
