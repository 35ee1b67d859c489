//go:build !linux

package pg

import (
	"errors"
	"os"
	"syscall"
)

// Outside Linux the server runs as ourselves, is ended by Stop alone, and
// folders left by a killed process stay.

func handOver(string) error { return nil }

func childAttr() (*syscall.SysProcAttr, error) { return nil, nil }

func claim(dir string) (*os.File, error) {
	f, err := os.OpenFile(dir+"/lock", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, errors.Join(errors.New("pg: folder in use"), err)
	}
	return f, nil
}
