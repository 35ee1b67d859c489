package mission

import (
	"context"
	"maps"
	"slices"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// Scenarios are every scenario with its tags, by key, kept in memory: not to be changed.
func (s *Service) Scenarios(ctx context.Context) (list []*Scenario, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = s.scenarios.Get(tx)
		return err
	})
	return list, err
}

// CreateScenario adds a scenario without tags. Fields: key, title_…,
// description_…, sentence_…, decided ("1" when it is no hypothesis), source.
func (s *Service) CreateScenario(ctx context.Context, actor auth.Actor, get func(string) string) (sc Scenario, err error) {
	if err := EditScenarios.Check(actor, auth.Target{}); err != nil {
		return sc, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		all, err := readScenarios(tx)
		if err != nil {
			return err
		}
		v := register.NewValues(0, get)
		sc = parseScenario(v)
		if sc.Key = v.Key("key"); scenarioOf(all, sc.Key) != nil {
			v.Refuse("key", "register.duplicate", nil)
		}
		sc.Version, sc.Tags = 1, map[string]Tag{}
		if err := v.Err(); err != nil {
			return err
		}
		if err := insertScenario(tx, sc); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "scenario.create", Object: sc.Object(), After: sc})
	})
	return sc, err
}

func parseScenario(v *register.Values) Scenario {
	return Scenario{Title: v.Texts("title", 300, true), Description: v.Texts("description", 4000, false), Sentence: v.Texts("sentence", 1000, false),
		Hypothetical: v.Raw("decided") == "", Source: v.Text("source", 200)}
}

// UpdateScenario replaces the words of a scenario; its tags stay.
func (s *Service) UpdateScenario(ctx context.Context, actor auth.Actor, key string, get func(string) string) (Scenario, error) {
	v := register.NewValues(0, get)
	return s.reviseScenario(ctx, actor, key, v, "scenario.update", func(_ *Catalogue, old Scenario) (Scenario, error) {
		sc := parseScenario(v)
		sc.Key, sc.Tags = key, old.Tags
		return sc, v.Err()
	})
}

// TagMissions sets what a scenario says of some missions; an empty destiny takes
// a tag away. Missions not named keep theirs. version is the one that was read.
func (s *Service) TagMissions(ctx context.Context, actor auth.Actor, key string, version int64, tags map[string]Tag) (Scenario, error) {
	get := func(string) string { return itoa(version) }
	return s.reviseScenario(ctx, actor, key, register.NewValues(0, get), "scenario.tag", func(c *Catalogue, sc Scenario) (Scenario, error) {
		var f fault.Fields
		next := maps.Clone(sc.Tags)
		for _, code := range slices.Sorted(maps.Keys(tags)) {
			t := tags[code]
			switch {
			case c.Mission(code) == nil:
				f.Add("tag."+code, code, "register.unknown", fault.Args{"value": code})
			case t.Destiny == "":
				delete(next, code)
			case !slices.Contains(Destinies(), t.Destiny):
				f.Add("tag."+code, string(t.Destiny), "register.enum", fault.Args{"value": string(t.Destiny), "values": destinyWords()})
			default:
				next[code] = t
			}
		}
		sc.Tags = next
		return sc, f.Err()
	})
}

func destinyWords() string { return "keep, region, community, communes, supracommunal" }

func (s *Service) reviseScenario(ctx context.Context, actor auth.Actor, key string, v *register.Values, action string, next func(*Catalogue, Scenario) (Scenario, error)) (sc Scenario, err error) {
	if err := EditScenarios.Check(actor, auth.Target{}); err != nil {
		return sc, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		all, err := readScenarios(tx)
		if err != nil {
			return err
		}
		old := scenarioOf(all, key)
		if old == nil {
			return fault.Missing("scenario")
		}
		if err := register.Stale(old.Version, v.Whole("version")); err != nil {
			return err
		}
		c, err := readCatalogue(tx)
		if err != nil {
			return err
		}
		if sc, err = next(c, *old); err != nil {
			return err
		}
		sc.Version = old.Version + 1
		if err := updateScenario(tx, sc); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: action, Object: sc.Object(), Before: old, After: sc})
	})
	return sc, err
}
