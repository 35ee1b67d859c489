package faults_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"beffroi/internal/platform/auth"
)

// problem is the code of a problem document.
func problem(t *testing.T, body string) (code, detail string) {
	t.Helper()
	var p struct{ Type, Detail string }
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Errorf("not a problem document: %.200s", body)
	}
	return strings.TrimPrefix(p.Type, "urn:beffroi:fault:"), p.Detail
}

// refuses posts until a post is refused, and wants 503 with a remedy.
func refuses(t *testing.T, l *load, p *process, codes, remedy string) {
	t.Helper()
	for range 3000 {
		status, body := l.post(p)
		if status == http.StatusCreated {
			continue
		}
		code, detail := problem(t, body)
		if status != http.StatusServiceUnavailable || !strings.Contains(" "+codes+" ", " "+code+" ") || !strings.Contains(detail, remedy) {
			t.Errorf("%d %s: %s", status, code, detail)
		}
		return
	}
	t.Error("every post was taken")
}

// reads looks at pages, as anybody and signed in.
func reads(t *testing.T, p *process, session string) {
	t.Helper()
	for _, path := range append([]string{"/staff/jobs", "/readyz"}, pages...) {
		if status, body := p.ask(http.MethodGet, path, "Cookie", "session="+session); status != http.StatusOK {
			t.Errorf("%s answers %d: %.300s", path, status, body)
		}
	}
}

// posts wants a post to be taken.
func posts(t *testing.T, l *load, p *process) {
	t.Helper()
	var status int
	var body string
	for began := time.Now(); time.Since(began) < 15*time.Second; time.Sleep(50 * time.Millisecond) {
		if status, body = l.post(p); status == http.StatusCreated {
			return
		}
	}
	t.Errorf("posting does not go on: %d %s", status, body)
}

// staff is the cookie of an administrator, whose session was last seen so long
// ago that it is to be renewed.
func staff(t *testing.T, address string) string {
	t.Helper()
	h := open(t, address, ahead{-20 * time.Minute})
	token, err := h.Auth.SignIn(t.Context(), "demo-admin", password, auth.Visit{Agent: "faults", Network: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	return token
}

// trouble is a way to make a disk useless and well again.
type trouble struct {
	codes  string // of the refusals, any of them
	remedy string
	begin  func(t *testing.T, p *process)
	end    func(t *testing.T, p *process)
}

// A disk that is full or cannot be written: clear refusals, reading goes on,
// and so does writing once there is room, without a restart.
func TestDisk(t *testing.T) {
	for _, c := range []struct {
		name  string
		where func(t *testing.T) string // folder of the database
		env   string
		trouble
	}{
		{"full", smallDisk, "", trouble{codes: "db.diskfull", remedy: "disk of the database is full", begin: func(t *testing.T, p *process) { fillDisk(t, p) }, end: emptyDisk}},
		{"readonly", ext4, "", trouble{codes: "db.disk db.readonly", remedy: "administrator", begin: func(t *testing.T, p *process) { immutable(t, p, "+i") }, end: func(t *testing.T, p *process) { immutable(t, p, "-i") }}},
		{"limit", func(t *testing.T) string { return t.TempDir() }, fmt.Sprint(childFile, "=", 5<<20), trouble{codes: "db.disk db.diskfull", remedy: "administrator", begin: func(*testing.T, *process) {}, end: moreFile}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := c.where(t)
			address, token := demonstration(t, filepath.Join(dir, "beffroi.db"))
			session := staff(t, address)
			s, a := newSink(t), &acks{seats: map[int64]bool{}}
			p := newProcess(t, "beffroi", address, a, childSink+"="+s.URL, c.env)
			p.start()
			p.ready()
			l := begin(t, token, 0)
			posts(t, l, p)
			c.begin(t, p)
			defer c.end(t, p) // also after a failure: the folder is to be removed
			refuses(t, l, p, c.codes, c.remedy)
			reads(t, p, session)
			c.end(t, p)
			posts(t, l, p)
			reads(t, p, session)
			p.kill()
			l.check(t, address, a, s)
		})
	}
}

// Where not even shared memory can be touched, pages refuse with the remedy, and
// come back without a restart.
func TestSharedMemoryLost(t *testing.T) {
	address, token := demonstration(t, filepath.Join(ext4(t), "beffroi.db"))
	p := newProcess(t, "beffroi", address, &acks{seats: map[int64]bool{}})
	p.start()
	p.ready()
	l := begin(t, token, 0)
	posts(t, l, p)
	session := staff(t, address)
	immutable(t, p, "+i", "-shm")
	defer immutable(t, p, "-i", "-shm")
	if status, body := p.ask(http.MethodGet, "/api/v1/province"); status != http.StatusOK {
		if code, _ := problem(t, body); status != http.StatusServiceUnavailable || code != "db.disk" {
			t.Errorf("%d %s", status, body)
		}
	}
	immutable(t, p, "-i", "-shm")
	posts(t, l, p)
	reads(t, p, session)
	p.kill()
	sound(t, address)
}

// smallDisk is a disk on which doctor finds just room enough when it is empty.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=260m"); err != nil {
		t.Skipf("no disk of our own here (it takes root): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func ballast(p *process) string {
	return filepath.Join(filepath.Dir(strings.TrimPrefix(p.address, "sqlite:")), "ballast")
}

// fillDisk leaves no byte free.
func fillDisk(t *testing.T, p *process) {
	t.Helper()
	f, err := os.Create(ballast(p))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2 // what is left is smaller
		}
	}
}

func emptyDisk(t *testing.T, p *process) {
	t.Helper()
	if err := os.Remove(ballast(p)); err != nil && !os.IsNotExist(err) {
		t.Error(err)
	}
}

// ext4 is a folder on a file system that honours the immutable mark on files
// that are open, as a disk does that was set read-only after an error.
func ext4(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var s syscall.Statfs_t
	const magic = 0xEF53
	if err := syscall.Statfs(dir, &s); err != nil || s.Type != magic {
		t.Skipf("%s is not on ext4", dir)
	}
	probe := filepath.Join(dir, "probe")
	if err := os.WriteFile(probe, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"+i", "-i"} {
		if out, err := exec.Command("chattr", how, probe).CombinedOutput(); err != nil {
			t.Skipf("no file can be made immutable here (it takes root): %s", out)
		}
	}
	return dir
}

// immutable marks the database and its log. The third file, -shm, is memory
// that processes share: it stays as it is, as it does at first on a disk that
// turned read-only. Once the kernel has written it back, touching it fails too,
// reading does not go on either, and pages refuse as writes do (see
// TestSharedMemoryLost).
func immutable(t *testing.T, p *process, how string, more ...string) {
	t.Helper()
	var paths []string
	for _, ending := range append([]string{"", "-wal"}, more...) {
		path := strings.TrimPrefix(p.address, "sqlite:") + ending
		if _, err := os.Stat(path); err == nil {
			paths = append(paths, path)
		}
	}
	if out, err := exec.Command("chattr", append([]string{how}, paths...)...).CombinedOutput(); err != nil {
		t.Errorf("chattr: %s", out)
	}
}

// limitFiles bounds the files of this process, as a quota would; it needs no
// rights. What is beyond is refused by EFBIG instead of a signal.
func limitFiles(bytes uint64) error {
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	limit.Cur = bytes
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
}

// moreFile lifts the bound of a running process.
func moreFile(t *testing.T, p *process) {
	t.Helper()
	if p.cmd == nil {
		return
	}
	if out, err := exec.Command("prlimit", "--pid", fmt.Sprint(p.cmd.Process.Pid), "--fsize=unlimited").CombinedOutput(); err != nil {
		t.Errorf("prlimit: %s", out)
	}
}
