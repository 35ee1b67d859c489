package project

import (
	"context"
	"embed"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
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
	return db.Schema{Room: "project", Files: files}
}

// Locale is the room's texts.
func Locale() fs.FS { return texts }

// Service is the verbs of the register of projects.
type Service struct {
	db       *db.DB
	places   *territory.Service
	projects *db.Copy[[]*Project]
}

// NewService makes the service over a database and the territory.
func NewService(d *db.DB, places *territory.Service) *Service {
	return &Service{db: d, places: places, projects: db.NewCopy(d, readAll, "project", "project_commune")}
}

// Projects are every project, by title, kept in memory: not to be changed.
func (s *Service) Projects(ctx context.Context) (list []*Project, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = s.projects.Get(tx)
		return err
	})
	return list, err
}

// ProjectsOf are the projects of a commune on a day, by title.
func (s *Service) ProjectsOf(tx *db.Tx, area int64, day calendar.Date) ([]*Project, error) {
	all, err := s.projects.Get(tx)
	var list []*Project
	for _, p := range all {
		if p.Period.Contains(day) && slices.Contains(p.Communes, area) {
			list = append(list, p)
		}
	}
	return list, err
}

// ProjectTx is the project of a reference, or NotFound: not to be changed.
func (s *Service) ProjectTx(tx *db.Tx, ref string) (*Project, error) {
	all, err := s.projects.Get(tx)
	for _, p := range all {
		if p.Ref == ref {
			return p, nil
		}
	}
	if err == nil {
		err = fault.Missing("project")
	}
	return nil, err
}

// WithCommune are the projects of a commune whenever they are, by title.
func (s *Service) WithCommune(tx *db.Tx, area int64) (list []*Project, err error) {
	all, err := s.projects.Get(tx)
	for _, p := range all {
		if p.With(area) {
			list = append(list, p)
		}
	}
	return list, err
}

// OfMission are the projects of a mission on a day, by title.
func (s *Service) OfMission(ctx context.Context, code string, day calendar.Date) ([]*Project, error) {
	all, err := s.Projects(ctx)
	var list []*Project
	for _, p := range all {
		if p.Mission == code && p.Period.Contains(day) {
			list = append(list, p)
		}
	}
	return list, err
}

// parse makes a project of the fields of a form, a document or a line. Fields:
// ref, cycle, territory (key of the area), title_fr, title_nl, title_en, carrier,
// communes (NIS codes), amount_cents or amount_eur, completeness, state, mission,
// valid_from, valid_to, source.
func parse(v *register.Values, atlas *territory.Atlas) Project {
	p := Project{Ref: v.Key("ref"), Cycle: v.Text("cycle", 20), Title: v.Texts("title", 300, true), Carrier: v.Text("carrier", 300),
		Communes: v.Communes("communes", atlas), Completeness: register.Enum(v, "completeness", append(Degrees(), "")),
		State: register.Enum(v, "state", append(States(), "")), Mission: v.Text("mission", 80), Period: v.Period("valid_from", "valid_to"), Source: v.Text("source", 300)}
	slices.Sort(p.Communes)
	if p.Amount = v.Cents("amount_cents"); v.Raw("amount_cents") == "" {
		p.Amount = v.Euros("amount_eur")
	}
	if key := v.Text("territory", 80); key != "" {
		if a := atlas.Area(territory.ProjectTerritory, key); a != nil {
			p.Territory = a.ID
		} else {
			v.Refuse("territory", "register.unknown", nil)
		}
	}
	if p.State == "" {
		p.State = Unknown
	}
	switch {
	case p.Completeness == "" && len(p.Communes) > 0:
		p.Completeness = Complete
	case p.Completeness == "":
		p.Completeness = CommunesUnknown
	case (p.Completeness == CommunesUnknown) != (v.Raw("communes") == "") && p.Completeness != WholeTerritory:
		v.Refuse("completeness", "project.completeness", nil)
	}
	return p
}

// CreateProject adds a project; get gives the fields named at parse. Without a
// ref it is made of cycle and title.
func (s *Service) CreateProject(ctx context.Context, actor auth.Actor, get func(string) string) (p Project, err error) {
	if err := EditProjects.Check(actor, auth.Target{}); err != nil {
		return p, err
	}
	err = s.change(ctx, func(tx *db.Tx, all map[string]Project, atlas *territory.Atlas) error {
		v := register.NewValues(0, func(name string) string {
			if name == "ref" && get("ref") == "" && get("title_fr") != "" {
				return RefOf(get("cycle"), get("title_fr"))
			}
			return get(name)
		})
		p = parse(v, atlas)
		p.Version = 1
		if _, known := all[p.Ref]; known {
			v.Refuse("ref", "register.duplicate", nil)
		}
		if err := v.Err(); err != nil {
			return err
		}
		if err := insert(tx, []Project{p}); err != nil {
			return err
		}
		return note(tx, audit.Entry{Actor: actor.Username, Action: "project.create", Object: p.Object(), After: p}, nil, &p)
	})
	return p, err
}

// UpdateProject replaces every field of a project but its reference. The field
// version is the one that was read; another one is Conflict "stale".
func (s *Service) UpdateProject(ctx context.Context, actor auth.Actor, ref string, get func(string) string) (p Project, err error) {
	if err := EditProjects.Check(actor, auth.Target{}); err != nil {
		return p, err
	}
	err = s.change(ctx, func(tx *db.Tx, all map[string]Project, atlas *territory.Atlas) error {
		old, known := all[ref]
		if !known {
			return fault.Missing("project")
		}
		v := register.NewValues(0, func(name string) string {
			if name == "ref" {
				return ref
			}
			return get(name)
		})
		if err := register.Stale(old.Version, v.Whole("version")); err != nil {
			return err
		}
		p = parse(v, atlas)
		p.Version = old.Version + 1
		if err := v.Err(); err != nil {
			return err
		}
		if err := update(tx, p); err != nil {
			return err
		}
		return note(tx, audit.Entry{Actor: actor.Username, Action: "project.update", Object: p.Object(), Before: old, After: p}, &old, &p)
	})
	return p, err
}

func (s *Service) change(ctx context.Context, f func(*db.Tx, map[string]Project, *territory.Atlas) error) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		list, err := readAll(tx)
		if err != nil {
			return err
		}
		atlas, err := s.places.AtlasTx(tx)
		if err != nil {
			return err
		}
		return f(tx, byRef(list), atlas)
	})
}

func byRef(list []*Project) map[string]Project {
	m := make(map[string]Project, len(list))
	for _, p := range list {
		m[p.Ref] = *p
	}
	return m
}

// Pack is the projects of a province as facts.
type Pack struct{ Projects []intake.Row }

// LoadPack reads projects.csv, which may be absent.
func LoadPack(files fs.FS) (Pack, error) {
	rows, err := register.Table(files, "projects.csv")
	return Pack{rows}, err
}

// Seed loads a pack into an empty register: all of it or nothing, with one entry
// in the audit. Invalid names every refused line.
func (s *Service) Seed(ctx context.Context, actor auth.Actor, pack Pack) error {
	if err := LoadProjects.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.change(ctx, func(tx *db.Tx, all map[string]Project, atlas *territory.Atlas) error {
		var f fault.Fields
		var list []Project
		for _, row := range pack.Projects {
			v := register.NewValues(row.Line, register.Get(row))
			p := parse(v, atlas)
			p.Version = 1
			if _, known := all[p.Ref]; known {
				v.Refuse("ref", "register.duplicate", nil)
			}
			all[p.Ref] = p
			list = append(list, p)
			if err := f.Merge(v.Err()); err != nil {
				return err
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		if err := insert(tx, list); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "project.load", Object: object.Ref{Kind: "pack", Key: clock.Today(s.db.Clock()).String()},
			Summary: map[string]string{"projects": strconv.Itoa(len(list))}})
	})
}

// fields gives a project by the names of a form's fields.
func (p *Project) fields(atlas *territory.Atlas) func(string) string {
	if p == nil {
		return nil
	}
	var communes []string
	for _, id := range p.Communes {
		if a := atlas.ByID(id); a != nil {
			communes = append(communes, a.Key)
		}
	}
	values := map[string]string{"ref": p.Ref, "cycle": p.Cycle, "title_fr": p.Title.FR, "title_nl": p.Title.NL, "title_en": p.Title.EN, "carrier": p.Carrier,
		"communes": strings.Join(communes, ";"), "completeness": string(p.Completeness), "state": string(p.State), "mission": p.Mission,
		"valid_from": p.Period.From.String(), "valid_to": p.Period.To.String(), "source": p.Source, "version": strconv.FormatInt(p.Version, 10)}
	if a := atlas.ByID(p.Territory); a != nil {
		values["territory"] = a.Key
	}
	if p.Amount != nil {
		values["amount_eur"] = p.Amount.String()
		values["amount_cents"] = strconv.FormatInt(int64(*p.Amount), 10)
	}
	return func(name string) string { return values[name] }
}
