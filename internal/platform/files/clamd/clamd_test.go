package clamd_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/files/clamd"
	"beffroi/test/clamav"
)

func TestAddress(t *testing.T) {
	for _, good := range []string{"tcp:127.0.0.1:3310", "unix:/run/clamav/clamd.ctl"} {
		if _, err := clamd.New(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "tcp:", "127.0.0.1:3310", "http://x", "unix"} {
		if _, err := clamd.New(bad); !errors.Is(err, clamd.ErrAddress) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// puppet answers as it is told and gives what it was sent.
func puppet(t *testing.T, answer string, readAll bool) (address string, sent <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		command, _ := r.ReadString(0)
		var body strings.Builder
		for readAll {
			var n uint32
			if binary.Read(r, binary.BigEndian, &n) != nil || n == 0 {
				break
			}
			_, _ = io.CopyN(&body, r, int64(n))
		}
		_, _ = io.WriteString(conn, answer)
		got <- command + body.String()
	}()
	return "tcp:" + l.Addr().String(), got
}

func client(t *testing.T, address string) *clamd.Client {
	t.Helper()
	c, err := clamd.New(address)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What a daemon says, and what it must not be taken for.
func TestAnswers(t *testing.T) {
	text := strings.Repeat("0123456789", 20_000)
	for answer, want := range map[string]string{
		"stream: OK\x00":                          "clean",
		"stream: Eicar-Test-Signature FOUND\x00":  "Eicar-Test-Signature",
		"INSTREAM size limit exceeded. ERROR\x00": "error",
		"stream: Can't allocate memory ERROR\x00": "error",
		"":                     "error",
		"stream:  FOUND\x00":   "error",
		"OK I am no clamd\x00": "error",
		"stream: X FOUND. Not really, it is all right\x00": "error",
	} {
		address, sent := puppet(t, answer, true)
		finding, err := client(t, address).Scan(t.Context(), strings.NewReader(text))
		got := finding
		if finding == "" {
			got = "clean"
		}
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: %s (%v), want %s", answer, got, err, want)
		}
		if s := <-sent; s != "zINSTREAM\x00"+text {
			t.Errorf("it was sent %d bytes, %.20q", len(s), s)
		}
	}
}

// A daemon that has seen enough closes early; its answer counts.
func TestAnswerBeforeTheEnd(t *testing.T) {
	address, _ := puppet(t, "INSTREAM size limit exceeded. ERROR\x00", false)
	if finding, err := client(t, address).Scan(t.Context(), io.LimitReader(endless{}, 64<<20)); err == nil {
		t.Errorf("an unfinished scan counts: %q", finding)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestSilenceIsNotClean(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if finding, err := client(t, "tcp:"+l.Addr().String()).Scan(ctx, strings.NewReader("x")); err == nil {
		t.Errorf("a daemon that says nothing: %q", finding)
	}
	_ = l.Close()
	if finding, err := client(t, "tcp:"+l.Addr().String()).Scan(t.Context(), strings.NewReader("x")); err == nil {
		t.Errorf("no daemon: %q", finding)
	}
	if finding, err := client(t, "unix:"+filepath.Join(t.TempDir(), "x")).Scan(t.Context(), strings.NewReader("x")); err == nil {
		t.Errorf("no socket: %q", finding)
	}
}

func TestRealDaemon(t *testing.T) {
	c := client(t, clamav.Start(t))
	if version, err := c.Ping(t.Context()); err != nil || !strings.HasPrefix(version, "ClamAV ") {
		t.Errorf("version %q: %v", version, err)
	}
	for _, clean := range []string{"", "une convention", strings.Repeat("x", 300_000)} {
		if finding, err := c.Scan(t.Context(), strings.NewReader(clean)); err != nil || finding != "" {
			t.Errorf("%d clean bytes: %q, %v", len(clean), finding, err)
		}
	}
	if finding, err := c.Scan(t.Context(), strings.NewReader("text before "+clamav.Eicar)); err != nil || finding != clamav.Finding {
		t.Errorf("EICAR: %q, %v", finding, err)
	}
	if finding, err := c.Scan(t.Context(), io.LimitReader(endless{}, 2<<20)); err == nil {
		t.Errorf("more than the daemon takes counts: %q", finding)
	}
}
