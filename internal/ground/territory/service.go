package territory

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed locale/*.toml
var texts embed.FS

// Schema is the room's tables.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "territory", Files: files}
}

// Locale is the room's texts.
func Locale() fs.FS { return texts }

// Service is the verbs of the territory, and its copy in memory.
type Service struct {
	db    *db.DB
	atlas *db.Copy[*Atlas]
}

// NewService makes the service over a database.
func NewService(d *db.DB) *Service {
	return &Service{db: d, atlas: db.NewCopy(d, readAtlas, tables...)}
}

// Atlas is the territory as committed, kept in memory.
func (s *Service) Atlas(ctx context.Context) (a *Atlas, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		a, err = s.AtlasTx(tx)
		return err
	})
	return a, err
}

// AtlasTx is the territory as a transaction sees it, its own changes included.
func (s *Service) AtlasTx(tx *db.Tx) (*Atlas, error) { return s.atlas.Get(tx) }

// Seed loads a pack into an empty register: all of it or nothing. A register
// that holds areas refuses it with the Conflict "territory.seed.full".
func (s *Service) Seed(ctx context.Context, actor auth.Actor, p Pack) error {
	if err := change.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		n, _, err := db.One(tx, db.Value[int64], "SELECT count(*) FROM territory_area")
		if err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "territory.seed.full", fault.Args{"n": n})
		}
		if err := seed(tx, p); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "territory.load", Object: object.Ref{Kind: "area", Key: "pack"},
			Summary: map[string]string{"areas": fmt.Sprint(len(p.Areas)), "memberships": fmt.Sprint(len(p.Memberships)), "events": fmt.Sprint(len(p.Events))}})
	})
}

func seed(tx *db.Tx, p Pack) error {
	list := make([]*Area, len(p.Areas))
	for i := range p.Areas {
		area := p.Areas[i].Area
		list[i] = &area
	}
	if err := insertAreas(tx, list); err != nil {
		return err
	}
	id := map[string]int64{}
	for _, a := range list {
		id[a.Key] = a.ID
	}
	for above, children := range parents(p) {
		if id[above] == 0 {
			return fmt.Errorf("territory: pack: no area %q", above)
		}
		if err := setParent(tx, id[above], children); err != nil {
			return err
		}
	}
	f, err := p.bind(id)
	if err != nil {
		return err
	}
	return insertFacts(tx, f)
}

// parents groups the keys of the areas by the key of the one above.
func parents(p Pack) map[string][]string {
	out := map[string][]string{}
	for _, a := range p.Areas {
		if a.Above != "" {
			out[a.Above] = append(out[a.Above], a.Key)
		}
	}
	return out
}

func insertFacts(tx *db.Tx, f facts) error {
	if err := insertCodes(tx, f.codes); err != nil {
		return err
	}
	if err := insertAliases(tx, f.aliases); err != nil {
		return err
	}
	if err := insertMemberships(tx, f.memberships); err != nil {
		return err
	}
	if err := insertPostal(tx, f.postal); err != nil {
		return err
	}
	for _, e := range f.events {
		if err := insertEvent(tx, e); err != nil {
			return err
		}
	}
	return nil
}
