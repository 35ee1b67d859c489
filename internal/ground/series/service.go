package series

import (
	"context"
	"embed"
	"io/fs"
	"strconv"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

//go:embed locale/*.toml
var texts embed.FS

// Locale is the room's texts.
func Locale() fs.FS { return texts }

// Service is the verbs of figures.
type Service struct {
	db    *db.DB
	areas *territory.Service
}

// NewService makes the service over a database and the territory.
func NewService(d *db.DB, areas *territory.Service) *Service { return &Service{db: d, areas: areas} }

func (d Dataset) check() error {
	var f fault.Fields
	if !keySyntax.MatchString(d.Key) {
		f.Add("key", d.Key, "series.key", fault.Args{"value": d.Key})
	}
	if d.Title.FR == "" {
		f.Add("title_fr", "", "required", nil)
	}
	if d.Decimals < 0 || d.Decimals > MaxDecimals {
		f.Add("decimals", strconv.Itoa(d.Decimals), "series.decimals", fault.Args{"decimals": int64(MaxDecimals), "dataset": d.Key, "value": strconv.Itoa(d.Decimals)})
	}
	switch d.Polarity {
	case "", "up", "down":
	default:
		f.Add("polarity", string(d.Polarity), "param.enum", fault.Args{"name": "polarity", "value": string(d.Polarity), "values": "up, down"})
	}
	return f.Err()
}

// Save adds a dataset, or changes the description of the one with its key; its
// Version must then be the one that was read, otherwise Conflict.
func (s *Service) Save(ctx context.Context, actor auth.Actor, d Dataset) error {
	if err := ruleEdit.Check(actor, auth.Target{}); err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		before, err := s.Dataset(tx, d.Key)
		if fault.KindOf(err) == fault.NotFound {
			if _, err = insertDataset(tx, d); err != nil {
				return err
			}
			d.Version = 1
			return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "dataset.create", Object: d.Ref(), After: d})
		}
		if err != nil {
			return err
		}
		d.ID, d.Decimals = before.ID, before.Decimals
		done, err := updateDataset(tx, d)
		if err != nil {
			return err
		}
		if !done {
			return fault.New(fault.Conflict, "stale", fault.Args{"what": d.Key})
		}
		d.Version++
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "dataset.change", Object: d.Ref(), Before: before, After: d})
	})
}

// Withdraw takes a vintage out of every reading, with the reason in the audit.
func (s *Service) Withdraw(ctx context.Context, actor auth.Actor, key string, number int, reason string) error {
	if err := ruleEdit.Check(actor, auth.Target{}); err != nil {
		return err
	}
	if reason == "" {
		return fault.Bad("reason", "", "required", nil)
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		d, err := s.Dataset(tx, key)
		if err != nil {
			return err
		}
		vintages, err := s.Vintages(tx, d.ID)
		if err != nil {
			return err
		}
		for _, v := range vintages {
			if v.Number == number {
				return withdrawOne(tx, actor, d, v, reason)
			}
		}
		return fault.Missing("vintage")
	})
}

func withdrawOne(tx *db.Tx, actor auth.Actor, d Dataset, v Vintage, reason string) error {
	n, err := withdrawVintages(tx, "id", v.ID)
	if err != nil || n == 0 {
		return err // withdrawn already: nothing changes
	}
	if err := tell(tx, "series.withdrawn", d); err != nil {
		return err
	}
	return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "dataset.withdraw", Object: d.Ref(),
		Summary: map[string]string{"vintage": strconv.Itoa(v.Number)}, Before: v, After: map[string]string{"reason": reason}})
}

// Publication is figures of one dataset to record as a vintage. Figures need
// Area, Year, Value, State, and Dim for those that are not the whole.
type Publication struct {
	Dataset   Dataset
	Published calendar.Date
	FileHash  string
	Figures   []Figure
}

// Seed records publications in one transaction, creating the datasets that do
// not exist, with one entry in the audit.
func (s *Service) Seed(ctx context.Context, actor auth.Actor, list []Publication) error {
	if err := ruleEdit.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		var figures int
		for _, p := range list {
			if _, err := s.publish(tx, p, 0); err != nil {
				return err
			}
			figures += len(p.Figures)
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "series.load", Object: object.Ref{Kind: "dataset", Key: "*"},
			Summary: map[string]string{"datasets": strconv.Itoa(len(list)), "figures": strconv.Itoa(figures)}})
	})
}

// publish records one vintage in tx.
func (s *Service) publish(tx *db.Tx, p Publication, batch int64) (Vintage, error) {
	d, err := s.Dataset(tx, p.Dataset.Key)
	if fault.KindOf(err) == fault.NotFound {
		if err = p.Dataset.check(); err != nil {
			return Vintage{}, err
		}
		d = p.Dataset
		d.ID, err = insertDataset(tx, d)
	}
	if err != nil {
		return Vintage{}, err
	}
	if d.Decimals != p.Dataset.Decimals { // the figures were scaled for another dataset
		return Vintage{}, fault.Bad("decimals", strconv.Itoa(p.Dataset.Decimals), "series.decimals",
			fault.Args{"value": strconv.Itoa(p.Dataset.Decimals), "decimals": int64(d.Decimals), "dataset": d.Key})
	}
	v, err := insertVintage(tx, Vintage{Dataset: d.ID, Published: p.Published, FileHash: p.FileHash, Batch: batch})
	if err != nil {
		return v, err
	}
	texts, index := dimTexts(p.Figures)
	ids, err := dimIDs(tx, texts)
	if err != nil {
		return v, err
	}
	dims := make([]int64, len(p.Figures))
	for i := range dims {
		dims[i] = ids[index[i]]
	}
	if err := insertFigures(tx, v.ID, p.Figures, dims); err != nil {
		return v, err
	}
	return v, tell(tx, "series.published", d)
}

// dimTexts lists the different dimensions of figures and where each figure's stands.
func dimTexts(figures []Figure) (texts []string, index []int) {
	seen := map[string]int{}
	index = make([]int, len(figures))
	for i := range figures {
		at, ok := seen[figures[i].Dim]
		if !ok {
			at = len(texts)
			seen[figures[i].Dim], texts = at, append(texts, figures[i].Dim)
		}
		index[i] = at
	}
	return texts, index
}
