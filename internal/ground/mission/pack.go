package mission

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/BurntSushi/toml"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/object"
)

// Pack is the missions, figures and scenarios of a province as facts, relations
// by key; they are checked when the pack is seeded.
type Pack struct {
	Missions  []intake.Row // columns as in parse
	Figures   []intake.Row // mission, year, measure, value, status, source
	Scenarios []Scenario
}

// LoadPack reads missions.csv, mission_communes.csv, mission_figures.csv and
// scenarios.toml; each may be absent.
func LoadPack(files fs.FS) (p Pack, err error) {
	if p.Missions, err = register.Table(files, "missions.csv"); err != nil {
		return p, err
	}
	served, err := register.Table(files, "mission_communes.csv")
	if err != nil {
		return p, err
	}
	of := map[string]intake.Row{}
	for _, row := range served {
		of[row.Values["mission"]] = row
	}
	for _, row := range p.Missions {
		if s, ok := of[row.Values["code"]]; ok {
			row.Values["scope"], row.Values["communes"] = s.Values["scope"], s.Values["communes"]
		}
	}
	if p.Figures, err = register.Table(files, "mission_figures.csv"); err != nil {
		return p, err
	}
	p.Scenarios, err = loadScenarios(files)
	return p, err
}

func loadScenarios(files fs.FS) ([]Scenario, error) {
	var file struct {
		Scenario []struct {
			Key, Source        string
			Hypothetical       bool
			Title, Description register.Text
			Sentence           register.Text `toml:"default_sentence"`
			Missions           []struct {
				Mission  string
				Tag      Destiny
				Sentence register.Text
			}
		}
	}
	_, err := toml.DecodeFS(files, "scenarios.toml", &file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("scenarios.toml: %w", err)
	}
	var list []Scenario
	for _, e := range file.Scenario {
		s := Scenario{Key: e.Key, Title: e.Title, Description: e.Description, Hypothetical: e.Hypothetical, Sentence: e.Sentence, Source: e.Source,
			Tags: map[string]Tag{}, Version: 1}
		for _, m := range e.Missions {
			s.Tags[m.Mission] = Tag{Destiny: m.Tag, Sentence: m.Sentence}
		}
		list = append(list, s)
	}
	return list, nil
}

// Seed loads a pack into an empty register: all of it or nothing, with one entry
// in the audit. Invalid names every refused line.
func (s *Service) Seed(ctx context.Context, actor auth.Actor, p Pack) error {
	if err := LoadMissions.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.change(ctx, func(st state) error {
		missions, err := seedMissions(p.Missions, st)
		if err != nil {
			return err
		}
		figures, err := seedFigures(p.Figures, missions, actor)
		if err != nil {
			return err
		}
		if err := insertMissions(st.tx, missions); err != nil {
			return err
		}
		if err := insertFigures(st.tx, figures); err != nil {
			return err
		}
		for _, sc := range p.Scenarios {
			if err := checkSeed(sc, missions); err != nil {
				return err
			}
			if err := insertScenario(st.tx, sc); err != nil {
				return err
			}
		}
		return audit.Record(st.tx, audit.Entry{Actor: actor.Username, Action: "mission.load", Object: object.Ref{Kind: "pack", Key: clock.Today(s.db.Clock()).String()},
			Summary: map[string]string{"missions": strconv.Itoa(len(missions)), "figures": strconv.Itoa(len(figures)), "scenarios": strconv.Itoa(len(p.Scenarios))}})
	})
}

func seedMissions(rows []intake.Row, st state) ([]Mission, error) {
	var f fault.Fields
	var list []*Mission
	var values []*register.Values
	seen := map[string]bool{}
	for _, row := range rows {
		v := register.NewValues(row.Line, register.Get(row))
		m := parse(v, st)
		m.Version = 1
		if seen[m.Code] || st.missions.Mission(m.Code) != nil {
			v.Refuse("code", "register.duplicate", nil)
		}
		seen[m.Code] = true
		list, values = append(list, &m), append(values, v)
	}
	c := st.missions.with(list...)
	flat := make([]Mission, len(list))
	for i, v := range values {
		place(v, c, list[i])
		flat[i] = *list[i]
		if err := f.Merge(v.Err()); err != nil {
			return nil, err
		}
	}
	return flat, f.Err()
}

func seedFigures(rows []intake.Row, missions []Mission, actor auth.Actor) ([]Figure, error) {
	known := map[string]bool{}
	for _, m := range missions {
		known[m.Code] = true
	}
	var bad fault.Fields
	var list []Figure
	for _, row := range rows {
		v := register.NewValues(row.Line, register.Get(row))
		f := parseFigure(v, false)
		f.Mission, f.Actor = v.Text("mission", 80), actor.Username
		if !known[f.Mission] {
			v.Refuse("mission", "register.unknown", nil)
		}
		if err := bad.Merge(v.Err()); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, bad.Err()
}

func checkSeed(sc Scenario, missions []Mission) error {
	known := map[string]bool{}
	for _, m := range missions {
		known[m.Code] = true
	}
	var f fault.Fields
	for code, t := range sc.Tags {
		if !known[code] {
			f.Add("mission", code, "register.unknown", fault.Args{"value": code})
		}
		if !valid(t.Destiny) {
			f.Add("tag", string(t.Destiny), "register.enum", fault.Args{"value": string(t.Destiny), "values": destinyWords()})
		}
	}
	return f.Err()
}

func valid(d Destiny) bool {
	for _, x := range Destinies() {
		if x == d {
			return true
		}
	}
	return false
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
