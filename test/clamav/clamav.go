// Package clamav starts Debian's clamd for tests, with one signature of our
// own: that of EICAR, the file by which antivirus programs are tried. The real
// signatures are downloaded, 300 MB of them.
package clamav

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Eicar is what the daemon finds; it is cut in two here so that this source is
// no finding.
const Eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-` + `STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// Finding is what it calls it.
const Finding = "Test-Eicar.UNOFFICIAL"

// program is clamd, which Debian installs where users do not look.
func program() (string, error) {
	if path, err := exec.LookPath("clamd"); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/clamd")
}

// Installed tells whether there is a clamd.
func Installed() bool {
	_, err := program()
	return err == nil
}

// Start runs a daemon until the test ends and gives its address. It takes files
// of 1 MB at most. Without clamd the test is skipped.
func Start(t testing.TB) (address string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Skip("clamd is not installed (Debian: clamav-daemon)")
	}
	dir, err := os.MkdirTemp("", "clamd") // the path of a socket may have 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket, log := filepath.Join(dir, "s"), filepath.Join(dir, "log")
	for name, text := range map[string]string{
		"db/test.ndb": fmt.Sprintf("Test-Eicar:0:*:%x\n", Eicar),
		"clamd.conf":  fmt.Sprintf("LocalSocket %s\nDatabaseDirectory %s\nForeground yes\nStreamMaxLength 1M\nLogFile %s\n", socket, filepath.Join(dir, "db"), log),
	} {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	server := exec.Command(path, "--config-file", filepath.Join(dir, "clamd.conf"))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	for range 400 {
		if answers(socket) {
			return "unix:" + socket
		}
		time.Sleep(50 * time.Millisecond)
	}
	said, _ := os.ReadFile(log)
	t.Fatalf("clamd does not answer:\n%s", said)
	return ""
}

func answers(socket string) bool {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return false
	}
	defer conn.Close()
	_, err = io.WriteString(conn, "zPING\x00")
	reply, _ := io.ReadAll(conn)
	return err == nil && string(reply) == "PONG\x00"
}
