package key

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

//go:embed locale/*.toml
var texts embed.FS

// Locale is the room's texts.
func Locale() fs.FS { return texts }

// Service is the verbs of keys.
type Service struct {
	db     *db.DB
	areas  *territory.Service
	series *series.Service
	owned  *db.Copy[map[int64]Owned]
}

// NewService makes the service over a database, the territory and the figures.
func NewService(d *db.DB, areas *territory.Service, figures *series.Service) *Service {
	return &Service{db: d, areas: areas, series: figures,
		owned: db.NewCopy(d, readOwned, "key_key", "key_version", "key_criterion", "key_value")}
}

// Choice is a criterion as somebody chooses it; the newest vintage is pinned.
type Choice struct {
	Dataset string `json:"dataset"`
	Year    int    `json:"year"`
	Weight  int64  `json:"weight_bp"`
}

// Proposal is a new key, or a new version of the key with this code. Title, Note
// and Kind are those of the key and play no part in a further version.
type Proposal struct {
	Key        string
	Title      series.Text
	Note       string
	Kind       Kind
	Fictitious bool
	Criteria   []Choice
}

func (p Proposal) check() error {
	var f fault.Fields
	if !keySyntax.MatchString(p.Key) || slices.Contains(reserved, p.Key) {
		f.Add("key", p.Key, "key.code", fault.Args{"value": p.Key})
	}
	if p.Kind != Equal && p.Kind != Weighted {
		f.Add("kind", string(p.Kind), "param.enum", fault.Args{"name": "kind", "value": string(p.Kind), "values": "weighted, equal"})
	}
	if p.Kind == Equal && len(p.Criteria) > 0 {
		f.Add("criterion", "", "key.equal", nil)
	}
	if err := f.Merge(checkChoices(p.Kind, p.Criteria)); err != nil {
		return err
	}
	return f.Err()
}

func checkChoices(kind Kind, list []Choice) error {
	if kind == Equal {
		return nil
	}
	if len(list) == 0 {
		return fault.Bad("criterion", "", "key.criteria", nil)
	}
	var f fault.Fields
	var sum int64
	seen := map[Choice]bool{}
	for _, c := range list {
		sum += c.Weight
		same := Choice{Dataset: c.Dataset, Year: c.Year}
		if seen[same] {
			f.Add("criterion", c.Dataset, "key.twice", fault.Args{"dataset": c.Dataset, "year": int64(c.Year)})
		}
		seen[same] = true
		if c.Weight <= 0 {
			f.Add("weight", strconv.FormatInt(c.Weight, 10), "key.weight", nil)
		}
	}
	if sum != WholeWeight {
		f.Add("weight", strconv.FormatInt(sum, 10), "key.weights", fault.Args{"sum": sum})
	}
	return f.Err()
}

// Propose saves a draft: of a new key, or a new version of an old one.
func (s *Service) Propose(ctx context.Context, actor auth.Actor, p Proposal) (v Version, err error) {
	if err := ruleEdit.Check(actor, auth.Target{}); err != nil {
		return v, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		v, err = s.propose(tx, actor, p)
		return err
	})
	return v, err
}

func (s *Service) propose(tx *db.Tx, actor auth.Actor, p Proposal) (Version, error) {
	k, found, err := keyByCode(tx, p.Key)
	if err != nil {
		return Version{}, err
	}
	if found {
		p.Kind = k.Kind
	}
	if err := p.check(); err != nil {
		return Version{}, err
	}
	if !found {
		if p.Title.FR == "" {
			return Version{}, fault.Bad("title_fr", "", "required", nil)
		}
		k = Key{Key: p.Key, Title: p.Title, Note: p.Note, Kind: p.Kind}
		if k.ID, err = insertKey(tx, k); err != nil {
			return Version{}, err
		}
	}
	today := clock.Today(clock.Fixed(tx.Now()))
	pins, err := s.pin(tx, p.Criteria, today)
	if err != nil {
		return Version{}, err
	}
	v, err := insertVersion(tx, Version{KeyID: k.ID, Status: Draft, Fictitious: p.Fictitious, Actor: actor.Username, Criteria: pins})
	if err != nil {
		return v, err
	}
	return v, audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "key.propose", Object: k.Ref(),
		Summary: map[string]string{"version": strconv.Itoa(v.Number)}, After: v})
}

// pin reads the values of each choice in its newest vintage and refuses those
// that lack a commune, by name.
func (s *Service) pin(tx *db.Tx, list []Choice, day calendar.Date) ([]Pin, error) {
	atlas, err := s.areas.AtlasTx(tx)
	if err != nil {
		return nil, err
	}
	communes := atlas.Communes(day)
	pins := make([]Pin, len(list))
	var f fault.Fields
	for i, c := range list {
		figures, vintage, err := s.series.Newest(tx, c.Dataset, c.Year, day)
		if err != nil {
			return nil, err
		}
		pins[i] = Pin{Dataset: c.Dataset, Year: c.Year, Vintage: vintage.ID, Number: vintage.Number, Weight: c.Weight, Values: map[int64]int64{}}
		var lacking []string
		var sum big.Int
		for _, a := range communes {
			x, ok := figures[a.ID]
			switch {
			case !ok || x.State != series.Value:
				lacking = append(lacking, a.NameFR)
			case x.Value < 0:
				f.Add("criterion", c.Dataset, "key.negative", fault.Args{"dataset": c.Dataset, "year": int64(c.Year), "commune": a.NameFR})
			default:
				pins[i].Values[a.ID] = x.Value
				sum.Add(&sum, big.NewInt(x.Value))
			}
		}
		switch {
		case len(lacking) > 0 || len(communes) == 0:
			f.Add("criterion", c.Dataset, "key.missing", fault.Args{"dataset": c.Dataset, "year": int64(c.Year), "communes": strings.Join(lacking, ", "), "n": int64(len(lacking))})
		case sum.Sign() == 0:
			f.Add("criterion", c.Dataset, "key.zero", fault.Args{"dataset": c.Dataset, "year": int64(c.Year)})
		}
	}
	return pins, f.Err()
}

// Decide puts a draft in force from a day, by a decision, and retires the
// version in force before.
func (s *Service) Decide(ctx context.Context, actor auth.Actor, code string, number int, decision string, from calendar.Date) error {
	if err := ruleEdit.Check(actor, auth.Target{}); err != nil {
		return err
	}
	var f fault.Fields
	if decision == "" {
		f.Add("decision", "", "required", nil)
	}
	if from.IsZero() {
		f.Add("from", "", "required", nil)
	}
	if err := f.Err(); err != nil {
		return err
	}
	return s.change(ctx, actor, "key.decide", code, number, func(tx *db.Tx, k Key, v Version) (Version, error) {
		if v.Status != Draft {
			return v, fault.New(fault.Conflict, "key.status", fault.Args{"number": int64(v.Number)})
		}
		for _, o := range k.Versions {
			if o.Status != InForce {
				continue
			}
			if !o.Period.From.Before(from) {
				return v, fault.Bad("from", from.String(), "key.from", fault.Args{"day": o.Period.From})
			}
			if err := setStatus(tx, o.ID, Retired, o.Decision, calendar.Period{From: o.Period.From, To: from.AddDays(-1)}); err != nil {
				return v, err
			}
		}
		v.Status, v.Decision, v.Period = InForce, decision, calendar.Period{From: from}
		return v, nil
	})
}

// Retire ends the version in force on a day.
func (s *Service) Retire(ctx context.Context, actor auth.Actor, code string, number int, last calendar.Date) error {
	if err := ruleEdit.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.change(ctx, actor, "key.retire", code, number, func(_ *db.Tx, _ Key, v Version) (Version, error) {
		if v.Status != InForce {
			return v, fault.New(fault.Conflict, "key.status", fault.Args{"number": int64(v.Number)})
		}
		if last.IsZero() || last.Before(v.Period.From) {
			return v, fault.Bad("last", last.String(), "key.last", nil)
		}
		v.Status, v.Period.To = Retired, last
		return v, nil
	})
}

// change moves one version to another status, with the audit's entry.
func (s *Service) change(ctx context.Context, actor auth.Actor, action, code string, number int, f func(*db.Tx, Key, Version) (Version, error)) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		k, v, err := s.find(tx, code, number)
		if err != nil {
			return err
		}
		after, err := f(tx, k, v)
		if err != nil {
			return err
		}
		if err := setStatus(tx, v.ID, after.Status, after.Decision, after.Period); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: action, Object: k.Ref(),
			Summary: map[string]string{"version": strconv.Itoa(v.Number)}, Before: v, After: after})
	})
}

// find gives a key and one of its versions.
func (s *Service) find(tx *db.Tx, code string, number int) (Key, Version, error) {
	list, err := keys(tx, code)
	if err != nil {
		return Key{}, Version{}, err
	}
	if len(list) == 1 && code != "" {
		for _, v := range list[0].Versions {
			if v.Number == number {
				return list[0], v, nil
			}
		}
	}
	return Key{}, Version{}, fault.Missing("key")
}

// List gives the keys that an actor may see, by code; drafts only to editors.
func (s *Service) List(tx *db.Tx, actor auth.Actor) ([]Key, error) { return s.visible(tx, actor, "") }

// Get gives one key, or NotFound.
func (s *Service) Get(tx *db.Tx, actor auth.Actor, code string) (Key, error) {
	list, err := s.visible(tx, actor, code)
	if err == nil && (len(list) == 0 || code == "") {
		err = fault.Missing("key")
	}
	if err != nil {
		return Key{}, err
	}
	return list[0], nil
}

// visible leaves out drafts, and keys that are nothing but drafts, for those who
// may not edit them.
func (s *Service) visible(tx *db.Tx, actor auth.Actor, code string) ([]Key, error) {
	list, err := keys(tx, code)
	if err != nil || ruleEdit.Gate(actor) == nil {
		return list, err
	}
	var seen []Key
	for _, k := range list {
		var versions []Version
		for _, v := range k.Versions {
			if v.Status != Draft {
				versions = append(versions, v)
			}
		}
		if k.Versions = versions; len(versions) > 0 {
			seen = append(seen, k)
		}
	}
	return seen, nil
}

// Values reads the values of versions into their criteria.
func (s *Service) Values(tx *db.Tx, versions ...*Version) error { return fillValues(tx, versions...) }

// Versions are all versions by id, with their criteria and values, for those who
// must explain what was divided by them. They are kept in memory: not to be
// changed.
func (s *Service) Versions(tx *db.Tx) (map[int64]Owned, error) { return s.owned.Get(tx) }

func readOwned(tx *db.Tx) (map[int64]Owned, error) {
	list, err := keys(tx, "")
	if err != nil {
		return nil, err
	}
	var versions []*Version
	for _, k := range list {
		for i := range k.Versions {
			versions = append(versions, &k.Versions[i])
		}
	}
	if err := fillValues(tx, versions...); err != nil {
		return nil, err
	}
	m := map[int64]Owned{}
	for _, k := range list {
		for _, v := range k.Versions {
			m[v.ID] = Owned{Key: k, Version: v}
		}
	}
	return m, nil
}

// Owned is a version with its key.
type Owned struct {
	Key     Key
	Version Version
}

// criteria gives the criteria over a base of communes, values by code.
func (v Version) criteria(base []*territory.Area) []Criterion {
	list := make([]Criterion, len(v.Criteria))
	for i, p := range v.Criteria {
		list[i] = Criterion{Weight: p.Weight, Values: make(map[string]int64, len(base))}
		for _, a := range base {
			if x, ok := p.Values[a.ID]; ok {
				list[i].Values[a.Key] = x
			}
		}
	}
	return list
}

// Over gives the exact shares of a base of communes, by code. The version's
// values must have been read. Errors are faults that name communes.
func (v Version) Over(kind Kind, base []*territory.Area) (map[string]*big.Rat, error) {
	if kind == Equal {
		codes := make([]string, len(base))
		for i, a := range base {
			codes[i] = a.Key
		}
		shares, err := EqualShares(codes)
		return shares, v.explain(err, base)
	}
	list := v.criteria(base)
	for i, c := range list {
		if len(c.Values) < len(base) {
			var codes []string
			for _, a := range base {
				codes = append(codes, a.Key)
			}
			return nil, v.explain(&MissingError{Criterion: i, Codes: without(codes, c.Values)}, base)
		}
	}
	shares, err := Shares(list)
	return shares, v.explain(err, base)
}

// DividerOver is Over for dividing many amounts.
func (v Version) DividerOver(kind Kind, base []*territory.Area) (*Divider, error) {
	shares, err := v.Over(kind, base)
	if err != nil {
		return nil, err
	}
	weights := make(map[string]int64, len(base))
	for _, a := range base {
		switch {
		case kind == Equal:
			weights[a.Key] = 1
		case len(v.Criteria) == 1:
			weights[a.Key] = v.Criteria[0].Values[a.ID]
		default:
			return NewDivider(shares), nil
		}
	}
	return NewIntDivider(weights), nil
}

// explain turns a refusal of the rule into words with names.
func (v Version) explain(err error, base []*territory.Area) error {
	if err == nil {
		return nil
	}
	if m, ok := errors.AsType[*MissingError](err); ok {
		var names []string
		for _, a := range base {
			for _, code := range m.Codes {
				if a.Key == code {
					names = append(names, a.NameFR)
				}
			}
		}
		c := v.Criteria[m.Criterion]
		return fault.Bad("key", c.Dataset, "key.missing", fault.Args{"dataset": c.Dataset, "year": int64(c.Year), "communes": strings.Join(names, ", "), "n": int64(len(names))})
	}
	for _, known := range []struct {
		err  error
		code string
	}{{ErrEmpty, "key.base"}, {ErrZero, "key.base.zero"}} {
		if errors.Is(err, known.err) {
			return &fault.Error{Kind: fault.Invalid, Code: known.code, Err: err, Fields: []fault.Field{{Name: "key", Code: known.code}}}
		}
	}
	return err
}

// Decided is a key of a pack: in force at once.
type Decided struct {
	Proposal
	Decision string
	Period   calendar.Period
}

// Seed loads keys in force, in one transaction with one entry in the audit.
func (s *Service) Seed(ctx context.Context, actor auth.Actor, list []Decided) error {
	if err := ruleEdit.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		day := clock.Today(clock.Fixed(tx.Now()))
		for _, d := range list {
			if err := d.check(); err != nil {
				return err
			}
			id, err := insertKey(tx, Key{Key: d.Key, Title: d.Title, Note: d.Note, Kind: d.Kind})
			if err != nil {
				return err
			}
			pins, err := s.pin(tx, d.Criteria, day)
			if err != nil {
				return err
			}
			if _, err := insertVersion(tx, Version{KeyID: id, Status: InForce, Fictitious: d.Fictitious, Decision: d.Decision, Period: d.Period, Actor: actor.Username, Criteria: pins}); err != nil {
				return err
			}
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "key.load", Object: object.Ref{Kind: "key", Key: "*"}, Summary: map[string]string{"keys": strconv.Itoa(len(list))}})
	})
}

// All gives every key with its versions, drafts included, for rooms that divide.
func (s *Service) All(tx *db.Tx) ([]Key, error) { return keys(tx, "") }
