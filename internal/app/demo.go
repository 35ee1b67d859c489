package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/BurntSushi/toml"

	"beffroi/internal/domain/plan"
	"beffroi/internal/ground/key"
	"beffroi/internal/ground/ledger"
	"beffroi/internal/ground/mission"
	"beffroi/internal/ground/party"
	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/project"
	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/secret"
	"beffroi/internal/platform/setting"
	"beffroi/internal/site/staff"
)

// demoPassword opens every account of a demonstration. It is printed on the
// sign-in page: it guards nothing but invented data on a loopback address.
const demoPassword = "le beffroi veille sur 2026"

// runDemo fills an empty database with the demonstration pack and serves it.
func runDemo(c *call) error {
	c.config.serverFlags(c.flags, c.env)
	prepare := c.flags.Bool("prepare", false, "load the demonstration and stop, without serving")
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) > 0 {
		return c.usage("demo takes no argument, got %q", c.args[0])
	}
	if c.config.DB == "" && c.config.Data == "data" {
		c.config.Data = "demo" // never beside real data
	}
	if err := c.demoKey(); err != nil {
		return err
	}
	if err := c.loadDemo(); err != nil || *prepare {
		return err
	}
	h, err := Open(c.ctx, c.config, clock.System(), c.Err)
	if err != nil {
		return err
	}
	defer h.Close()
	return h.serve(c.ctx, func(address string) {
		fmt.Fprintf(c.Out, "\nBeffroi, demonstration: %s\n\nAccounts, one per role, all with the password %q:\n", address, demoPassword)
		for _, a := range demoAccounts() {
			fmt.Fprintf(c.Out, "  %-18s %s\n", a.Username, a.Role)
		}
		fmt.Fprintln(c.Out, "\nEnd it with Ctrl-C. Data stay in the folder", c.config.Data)
	})
}

// demoKey makes the master key of a demonstration at its first start; a real
// house is given one by its operator.
func (c *call) demoKey() error {
	if c.config.MasterKey != "" || c.config.DB != "" {
		return nil
	}
	if err := os.MkdirAll(c.config.Data, 0o750); err != nil {
		return err
	}
	c.config.MasterKey = filepath.Join(c.config.Data, "master.key")
	_, err := secret.MakeMaster(c.config.MasterKey)
	return err
}

// loadDemo loads the pack when the database is empty.
func (c *call) loadDemo() error {
	log := c.config.Log
	c.config.Log = "off"
	h, err := Open(c.ctx, c.config, clock.System(), c.Err)
	c.config.Log = log
	if err != nil {
		return err
	}
	defer h.Close()
	empty, err := h.empty(c.ctx)
	if err != nil || !empty {
		return err
	}
	return h.LoadDemo(c.ctx, func(room string) {
		if terminal(c.Err) {
			fmt.Fprintf(c.Err, "\r\033[Kloading %s", room)
		}
	})
}

func terminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (h *House) empty(ctx context.Context) (bool, error) {
	atlas, err := h.Territory.Atlas(ctx)
	return err == nil && atlas.Province() == nil, err
}

// LoadDemo loads the pack of the house's province and the demonstration
// accounts. progress is told which room comes next.
func (h *House) LoadDemo(ctx context.Context, progress func(room string)) error {
	pack, err := packInfo(h.config.Pack)
	if err != nil {
		return err
	}
	actor := auth.System("demonstration")
	for _, step := range h.seeds(ctx, actor, pack.files) {
		progress(step.room)
		if err := step.load(); err != nil {
			return fmt.Errorf("pack %s: %s: %w", h.config.Pack, step.room, err)
		}
	}
	progress("accounts")
	if err := h.loadAccounts(ctx, actor); err != nil {
		return err
	}
	progress("search\n")
	return h.Finder.Follow(ctx)
}

type seed struct {
	room string
	load func() error
}

// seeds are the rooms of a pack in the order in which they need each other.
func (h *House) seeds(ctx context.Context, actor auth.Actor, files fs.FS) []seed {
	return []seed{
		{"territory", func() error {
			return loadPack(files, territory.LoadPack, func(p territory.Pack) error { return h.Territory.Seed(ctx, actor, p) })
		}},
		{"series", func() error {
			return loadPack(files, series.LoadPack, func(p series.Pack) error {
				list, err := h.Series.Publications(ctx, p)
				if err != nil {
					return err
				}
				return h.Series.Seed(ctx, actor, list)
			})
		}},
		{"bodies", func() error {
			return loadPack(files, party.LoadPack, func(p party.Pack) error { return h.Party.Seed(ctx, actor, p) })
		}},
		{"missions", func() error {
			return loadPack(files, mission.LoadPack, func(p mission.Pack) error { return h.Mission.Seed(ctx, actor, p) })
		}},
		{"projects", func() error {
			return loadPack(files, project.LoadPack, func(p project.Pack) error { return h.Project.Seed(ctx, actor, p) })
		}},
		{"files", func() error { return h.seedFiles(ctx, actor, files) }},
		{"keys", func() error {
			return loadPack(files, key.LoadPack, func(p []key.Decided) error { return h.Key.Seed(ctx, actor, p) })
		}},
		{"ledger", func() error {
			return loadPack(files, ledger.LoadPack, func(p []ledger.Posting) error { return h.Ledger.SeedEntries(ctx, actor, p) })
		}},
		{"plans", func() error {
			return loadPack(files, plan.LoadPack, func(p plan.Pack) error { return h.Plan.Seed(ctx, actor, p) })
		}},
	}
}

// seedFiles loads files.csv, which may be absent: kind, key, name of a file in
// the folder files of the pack.
func (h *House) seedFiles(ctx context.Context, actor auth.Actor, pack fs.FS) error {
	rows, err := register.Table(pack, "files.csv")
	if err != nil {
		return err
	}
	for _, row := range rows {
		f, err := pack.Open("files/" + row.Values["file"])
		if err != nil {
			return err
		}
		_, err = h.Files.Add(ctx, actor, object.Ref{Kind: row.Values["kind"], Key: row.Values["key"]}, row.Values["file"], f)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("files.csv, line %d: %w", row.Line, err)
		}
	}
	return nil
}

func loadPack[T any](files fs.FS, read func(fs.FS) (T, error), write func(T) error) error {
	p, err := read(files)
	if err != nil {
		return err
	}
	return write(p)
}

// demoUsers are the accounts of the pack.
func demoUsers(files fs.FS) ([]demoUser, error) {
	text, err := fs.ReadFile(files, "users.toml")
	if err != nil {
		return nil, err
	}
	var list struct{ User []demoUser }
	return list.User, toml.Unmarshal(text, &list)
}

type demoUser struct{ Username, Email, Name, Role, Language string }

func (h *House) loadAccounts(ctx context.Context, actor auth.Actor) error {
	pack, err := packInfo(h.config.Pack)
	if err != nil {
		return err
	}
	users, err := demoUsers(pack.files)
	if err != nil {
		return err
	}
	for _, u := range users {
		err := h.Auth.Create(ctx, actor, auth.NewAccount{Username: u.Username, Name: u.Name, Email: u.Email, Language: u.Language,
			Password: demoPassword, Grants: []auth.Grant{{Role: auth.Role(u.Role)}}})
		if err != nil {
			return err
		}
	}
	return h.DB.Write(ctx, func(tx *db.Tx) error { return setting.Set(tx, "demo", h.config.Pack) })
}

// demoAccounts are the accounts that the sign-in page of a demonstration shows.
func demoAccounts() []staff.Account {
	pack, err := packInfo("hainaut")
	if err != nil {
		return nil // the pack is in the program; without it there is no demonstration
	}
	users, err := demoUsers(pack.files)
	if err != nil {
		return nil
	}
	var list []staff.Account
	for _, u := range users {
		list = append(list, staff.Account{Username: u.Username, Password: demoPassword, Role: u.Role})
	}
	return list
}
