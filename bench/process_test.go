package main

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestParseCPU(t *testing.T) {
	for stat, want := range map[string]time.Duration{
		"7 (a b) c) S 1 7 7 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 9 0 1 1 1": 2 * time.Second,
		"7 (x) R 1 7 7 0 -1 4194560 100 0 0 0 0 3 9 9 20 0 9 0 1 1 1":         30 * time.Millisecond,
	} {
		if got, err := parseCPU(stat); err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", stat, got, err, want)
		}
	}
	for _, bad := range []string{"", "7 (x) R 1", "7 (x) R 1 7 7 0 -1 4194560 100 0 0 0 a 3 9"} {
		if _, err := parseCPU(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestStatusBytes(t *testing.T) {
	const status = "Name:\tx\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\n"
	if got := statusBytes(status, "VmRSS:"); got != 1<<20 {
		t.Errorf("resident: %d", got)
	}
	if got := statusBytes(status, "VmHWM:"); got != 2<<20 {
		t.Errorf("peak: %d", got)
	}
	if got := statusBytes("Name:\tx\n", "VmRSS:"); got != 0 {
		t.Errorf("absent: %d", got)
	}
}

// A process that works shows processor time, one that sleeps does not.
func TestProcessTime(t *testing.T) {
	for _, c := range []struct {
		script string
		busy   bool
	}{{"i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; sleep 5", true}, {"sleep 5", false}} {
		cmd := exec.Command("sh", "-c", c.script)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		p := &process{cmd: cmd}
		time.Sleep(time.Second)
		got, err := p.cpu()
		if err != nil || (got >= 50*time.Millisecond) != c.busy {
			t.Errorf("%q: %v, %v", c.script, got, err)
		}
		if now, peak, err := p.memory(); err != nil || now <= 0 || peak < now {
			t.Errorf("memory: %d, %d, %v", now, peak, err)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

func TestStartTellsWhatTheServerSaid(t *testing.T) {
	_, err := start(context.Background(), "/", "sh", "-c", "echo no such database >&2; exit 3")
	if err == nil || !strings.Contains(err.Error(), "no such database") {
		t.Errorf("error: %v", err)
	}
}

func TestRun(t *testing.T) {
	out, took, err := run(context.Background(), t.TempDir(), []string{"WORD=there"}, "sh", "-c", "echo $WORD")
	if err != nil || out != "there\n" || took.wall <= 0 {
		t.Errorf("%q, %v, %v", out, took, err)
	}
	if _, _, err := run(context.Background(), "", nil, "sh", "-c", "echo why >&2; exit 1"); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("error: %v", err)
	}
}
