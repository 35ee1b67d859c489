package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server that was started here and is ended here.
type process struct {
	cmd  *exec.Cmd
	base string        // "http://127.0.0.1:PORT"
	up   time.Duration // from start to the first answer
	end  chan error    // what Wait gave
	errs *bytes.Buffer
}

// start runs a server and waits until path answers 200. The word ADDRESS in the
// arguments stands for the loopback address that it is to listen on.
func start(ctx context.Context, path, name string, args ...string) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "ADDRESS", address)
	}
	p := &process{cmd: exec.Command(name, args...), base: "http://" + address, end: make(chan error, 1), errs: &bytes.Buffer{}}
	p.cmd.Stderr = p.errs
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.end <- p.cmd.Wait() }()
	if err := p.await(ctx, path); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), p.stop())
	}
	p.up = time.Since(began)
	return p, nil
}

// freeAddress is a loopback address on which nobody listens now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// await asks every millisecond, for at most half a minute.
func (p *process) await(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	last := errors.New("no answer")
	for {
		select {
		case err := <-p.end:
			p.end <- err
			return fmt.Errorf("ended before it answered: %w\n%s", err, p.errs)
		case <-ctx.Done():
			return fmt.Errorf("%w: %w\n%s", ctx.Err(), last, p.errs)
		case <-time.After(time.Millisecond):
		}
		res, err := http.Get(p.base + path)
		if err != nil {
			last = err
			continue
		}
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return nil
		}
		last = errors.New(res.Status)
	}
}

// stop asks the server to end and waits; after ten seconds it is killed.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	select {
	case <-p.end:
		return nil
	case <-time.After(10 * time.Second):
		return p.cmd.Process.Kill()
	}
}

// cpu is what the process has used so far, user and system. The kernel counts
// the whole exactly, and tells it in hundredths of a second.
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return parseCPU(string(text))
}

// parseCPU reads fields 14 and 15 of /proc/PID/stat (proc(5)), in ticks of 10 ms.
func parseCPU(stat string) (time.Duration, error) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:]) // the name may hold spaces
	if len(fields) < 13 {
		return 0, fmt.Errorf("stat has %d fields", len(fields))
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, err
}

// memory is the resident memory of the process in bytes: now and at its highest.
func (p *process) memory() (now, peak int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	return statusBytes(string(text), "VmRSS:"), statusBytes(string(text), "VmHWM:"), nil
}

func statusBytes(status, name string) int64 {
	_, rest, _ := strings.Cut(status, name)
	line, _, _ := strings.Cut(rest, "\n")
	kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(line), " kB"), 10, 64)
	if err != nil {
		return 0 // the line is absent: the process has ended
	}
	return kib << 10
}

// spent runs a command to its end and gives the time that it took.
type spent struct{ cpu, wall time.Duration }

func run(ctx context.Context, dir string, env []string, name string, args ...string) (string, spent, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return "", spent{}, fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args, " "), err, out.String(), errs.String())
	}
	s := cmd.ProcessState
	return out.String(), spent{s.UserTime() + s.SystemTime(), time.Since(began)}, nil
}
