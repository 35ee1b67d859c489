package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
)

// What doctor finds too much, too old or too little.
const (
	clockSlack   = time.Minute      // between this machine, the database and the audit
	unsignedFor  = 2 * time.Hour    // a checkpoint is due every hour
	standstill   = 10 * time.Minute // a schedule may be late
	backupAge    = 26 * time.Hour   // one a day, and some time to take it
	leastFree    = 200 << 20        // bytes
	mostJournal  = 400 << 20        // bytes; twice what SQLite keeps after a checkpoint
	quickTimeout = 3 * time.Second
)

// note is a finding that somebody should know and that breaks nothing.
type note struct{ error }

func notef(format string, args ...any) error { return note{fmt.Errorf(format, args...)} }

// checkup tells of one check after the other.
type checkup struct {
	*call
	db      *db.DB
	backups string
	bad     int
}

// runDoctor checks what can go wrong unseen. It changes nothing but
// the index of the search, which it brings up to date first, so that it may
// run beside the platform and on a database that is behind.
func runDoctor(c *call) error {
	c.config.serverFlags(c.flags, c.env)
	quick := c.flags.Bool("quick", false, "only ask the platform that listens at --listen whether it can work")
	backups := c.flags.String("backups", c.env["BEFFROI_BACKUPS"], "folder in which the backups are kept, to see how old the last one is (BEFFROI_BACKUPS)")
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) > 0 {
		return c.usage("doctor takes no argument, got %q", c.args[0])
	}
	if *quick {
		return c.quick()
	}
	d, err := c.source()
	if err != nil {
		return err
	}
	defer d.Close()
	u := &checkup{call: c, db: d, backups: *backups}
	u.tell("database", u.database)
	u.tell("settings", u.settings)
	u.tell("clock", u.clock)
	u.tell("space", u.space)
	u.tell("rights", u.rights)
	u.tell("journal", u.journal)
	u.tell("backup", u.backup)
	if u.tell("schema", u.schema) { // what follows reads tables
		if err := u.house(); err != nil {
			return err
		}
	}
	if u.bad > 0 {
		return fault.New(fault.Conflict, "doctor", fault.Args{"n": int64(u.bad)})
	}
	return nil
}

// tell runs a check and prints a line: ok, note or FAIL.
func (u *checkup) tell(name string, check func() (string, error)) bool {
	told, err := check()
	word := "ok"
	if err != nil {
		told, word = err.Error(), "note"
		if _, ok := errors.AsType[note](err); !ok {
			word = "FAIL"
			u.bad++
		}
	}
	fmt.Fprintf(u.Out, "%-5s %-10s %s\n", word, name, told)
	return word != "FAIL"
}

// house checks what only the whole house can: audit, ledger, jobs.
func (u *checkup) house() error {
	h, err := u.open()
	if err != nil {
		return err
	}
	defer h.Close()
	u.tell("audit", func() (string, error) {
		var n int64
		err := h.DB.Read(u.ctx, func(tx *db.Tx) (err error) {
			n, err = audit.Verify(tx)
			return err
		})
		return fmt.Sprintf("%d entries, tree intact", n), err
	})
	u.tell("checkpoint", func() (string, error) { return checkpointAge(u.ctx, h.DB) })
	u.tell("ledger", func() (string, error) {
		broken, err := h.Ledger.Verify(u.ctx)
		if err == nil && len(broken) > 0 {
			err = errors.New(strings.Join(broken, "; "))
		}
		return "communes and unallocated add up to the total, to the cent", err
	})
	u.tell("search", func() (string, error) {
		if err := h.Finder.Follow(u.ctx); err != nil {
			return "", err
		}
		n, wrong, err := h.Finder.Verify(u.ctx)
		if err == nil && len(wrong) > 0 {
			err = errors.New(strings.Join(wrong, "; ") + " (remedy: beffroi search rebuild)")
		}
		return fmt.Sprintf("%d documents, as the rooms say", n), err
	})
	u.tell("keys", func() (told string, err error) {
		err = h.DB.Read(u.ctx, func(tx *db.Tx) error {
			n, err := h.Secrets.Check(tx)
			told = fmt.Sprintf("%d keys of sealed columns open", n)
			return err
		})
		return told, err
	})
	u.tell("files", func() (string, error) { return h.Files.Health(u.ctx) })
	u.tell("mail", func() (string, error) { return h.checkMail(u.ctx) })
	u.tell("jobs", func() (string, error) { return standing(u.ctx, h) })
	return nil
}

func (u *checkup) database() (string, error) {
	if err := u.db.Probe(u.ctx); err != nil {
		return "", err
	}
	return string(u.db.Engine()), u.db.Intact(u.ctx)
}

func (u *checkup) settings() (string, error) {
	all, risky, err := u.db.Settings(u.ctx)
	if err == nil && len(risky) > 0 {
		err = notef("%s: what was acknowledged may be lost when the machine fails", strings.Join(risky, " "))
	}
	return strings.Join(all, " "), err
}

// clock holds this machine's clock against the database's and the audit's: one
// that was set back would write the past.
func (u *checkup) clock() (string, error) {
	now := u.db.Clock().Now()
	ahead, err := u.db.Ahead(u.ctx)
	if err != nil {
		return "", err
	}
	if ahead.Abs() > clockSlack {
		return "", fmt.Errorf("the database's clock differs by %s: set both by NTP", ahead.Round(time.Second))
	}
	var last audit.Standing
	if err := u.db.Read(u.ctx, func(tx *db.Tx) (err error) { last, err = audit.Stand(tx); return err }); err == nil && last.Newest.After(now.Add(clockSlack)) {
		return "", fmt.Errorf("it is %s here, but something was written on %s: was the clock set back?", now.Format(time.DateTime), last.Newest.Format(time.DateTime))
	}
	return now.Format("2006-01-02 15:04:05 UTC"), nil
}

// folder is where the files of the house lie.
func (u *checkup) folder() string {
	if path := u.db.Path(); path != "" {
		return filepath.Dir(path)
	}
	return u.config.Data
}

func (u *checkup) space() (string, error) {
	free, err := freeSpace(u.folder())
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, errors.ErrUnsupported) {
		return "", notef("unknown: %w", err)
	}
	if err == nil && free < leastFree {
		err = fmt.Errorf("%d MB left in %s: writing stops when it is full; make room", free>>20, u.folder())
	}
	return fmt.Sprintf("%d MB free in %s", free>>20, u.folder()), err
}

// rights looks whether other users of the machine can read the database, and
// whether we can write it.
func (u *checkup) rights() (string, error) {
	path := u.db.Path()
	if path == "" {
		return "the database server's own", nil
	}
	file, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	if file.Mode()&0o004 != 0 && dir.Mode()&0o001 != 0 {
		return "", fmt.Errorf("every user of this machine can read %s: chmod o= %[1]s", path)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return "", fmt.Errorf("%w: writing is refused; run as the user who owns it", err)
	}
	return fmt.Sprintf("%s %s", file.Mode(), path), f.Close()
}

func (u *checkup) journal() (string, error) {
	n, err := u.db.Journal()
	if err == nil && n > mostJournal {
		err = notef("the write-ahead log has %d MB: a reader, such as a backup, has been open for long", n>>20)
	}
	return fmt.Sprintf("%d kB of write-ahead log", n>>10), err
}

func (u *checkup) backup() (string, error) {
	if u.backups == "" {
		return "", notef("not looked at: name the folder with --backups")
	}
	newest, at, err := newestFile(u.backups)
	if err != nil {
		return "", err
	}
	age := time.Since(at).Round(time.Minute)
	if newest == "" || age > backupAge {
		return "", fmt.Errorf("no backup of the last %s in %s (newest: %q): see the timer", backupAge, u.backups, newest)
	}
	return fmt.Sprintf("%s, %s old", newest, age), nil
}

// newestFile is the file of a folder that was written last; hidden ones are not whole.
func newestFile(dir string) (name string, at time.Time, err error) {
	list, err := os.ReadDir(dir)
	for _, e := range list {
		info, ierr := e.Info()
		if ierr == nil && info.Mode().IsRegular() && !strings.HasPrefix(e.Name(), ".") && info.ModTime().After(at) {
			name, at = e.Name(), info.ModTime()
		}
	}
	return name, at, err
}

func (u *checkup) schema() (string, error) {
	pending, err := u.db.Pending(u.ctx, Schemas())
	if err == nil && len(pending) > 0 {
		err = fmt.Errorf("%d steps missing, from %s on: run beffroi migrate", len(pending), pending[0].ID)
	}
	return "up to date", err
}

// checkpointAge looks whether what was done has been signed since.
func checkpointAge(ctx context.Context, d *db.DB) (string, error) {
	var s audit.Standing
	if err := d.Read(ctx, func(tx *db.Tx) (err error) { s, err = audit.Stand(tx); return err }); err != nil {
		return "", err
	}
	if s.Signed < s.Entries && d.Clock().Now().Sub(s.Unsigned) > unsignedFor {
		return "", notef("%d entries not yet signed, the first of %s: does serve run?", s.Entries-s.Signed, s.Unsigned.Format(time.DateTime))
	}
	return fmt.Sprintf("%d of %d entries signed", s.Signed, s.Entries), nil
}

// standing looks for jobs that were given up and schedules that stand still.
func standing(ctx context.Context, h *House) (string, error) {
	o, err := h.Jobs.Overview(ctx, auth.System("doctor"))
	if err != nil {
		return "", err
	}
	if n := o.States[jobs.Dead]; n > 0 {
		return "", fmt.Errorf("%d given up after their last attempt: see /staff/jobs?state=dead", n)
	}
	late := slices.IndexFunc(o.Schedules, func(r jobs.Recurrence) bool { return h.DB.Clock().Now().Sub(r.Next) > standstill })
	if late >= 0 {
		return "", notef("%s was due on %s: does serve run?", o.Schedules[late].Kind, o.Schedules[late].Next.Format(time.DateTime))
	}
	return fmt.Sprintf("%d waiting, none given up", o.States[jobs.Ready]), nil
}

// quick asks the running platform, as a watchman would.
func (c *call) quick() error {
	host, port, err := net.SplitHostPort(c.config.Listen)
	if err != nil {
		return &fault.Error{Kind: fault.BadRequest, Code: "listen", Args: fault.Args{"value": c.config.Listen}, Err: err}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(c.ctx, quickTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return &fault.Error{Kind: fault.Unavailable, Code: "doctor.quick", Args: fault.Args{"value": c.config.Listen, "reason": err.Error()}, Err: err}
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, 200)) // what came is enough to show
	if answer.StatusCode != http.StatusOK {
		return fault.New(fault.Unavailable, "doctor.quick", fault.Args{"value": c.config.Listen, "reason": strings.TrimSpace(answer.Status + " " + string(said))})
	}
	fmt.Fprintf(c.Out, "%s", said)
	return nil
}
