package series

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"time"

	"github.com/BurntSushi/toml"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/sheet"
)

// Pack is the datasets and figures of a province, areas by their keys.
type Pack struct {
	Datasets []PackDataset
	Figures  []PackFigure
}

// PackDataset is one dataset of datasets.toml; Vintage is its publication day.
type PackDataset struct {
	Dataset
	Vintage calendar.Date
}

// PackFigure is one line of figures.csv; Area is the key of an area of any kind.
type PackFigure struct {
	Dataset, Area, Value string
	Year, Line           int
}

// LoadPack reads datasets.toml and figures.csv.
func LoadPack(files fs.FS) (p Pack, err error) {
	if p.Datasets, err = loadDatasets(files); err != nil {
		return p, fmt.Errorf("series: datasets.toml: %w", err)
	}
	if p.Figures, err = loadFigures(files); err != nil {
		return p, fmt.Errorf("series: figures.csv: %w", err)
	}
	return p, nil
}

func loadDatasets(files fs.FS) (list []PackDataset, err error) {
	text, err := fs.ReadFile(files, "datasets.toml")
	if err != nil {
		return nil, err
	}
	var doc struct {
		Dataset []struct {
			Key, Publisher, Source, Note, Polarity string
			Title, Description, Unit               Text
			Decimals                               int
			Additive                               bool
			Vintage                                time.Time
		}
	}
	if err := toml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	titles, err := ReadSources(files)
	if err != nil {
		return nil, err
	}
	for _, d := range doc.Dataset {
		list = append(list, PackDataset{Vintage: calendar.Of(d.Vintage), Dataset: Dataset{Key: d.Key, Title: d.Title, Description: d.Description,
			Unit: d.Unit, Decimals: d.Decimals, Additive: d.Additive, Publisher: d.Publisher, Source: titles.Of(d.Source), Note: d.Note, Polarity: Polarity(d.Polarity)}})
	}
	return list, nil
}

func loadFigures(files fs.FS) (list []PackFigure, err error) {
	f, err := files.Open("figures.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord, r.ReuseRecord = 4, true
	for line := 1; ; line++ {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		if line == 1 {
			continue
		}
		year, err := strconv.Atoi(rec[2])
		if err != nil {
			return nil, fmt.Errorf("line %d: year %q", line, rec[2])
		}
		list = append(list, PackFigure{Dataset: rec[0], Area: rec[1], Year: year, Value: rec[3], Line: line})
	}
}

// Publications turns a pack into what Seed takes, finding each area by key.
func (s *Service) Publications(ctx context.Context, p Pack) ([]Publication, error) {
	atlas, err := s.areas.Atlas(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Publication, len(p.Datasets))
	index := map[string]int{}
	for i, d := range p.Datasets {
		list[i] = Publication{Dataset: d.Dataset, Published: d.Vintage}
		index[d.Key] = i
	}
	for _, f := range p.Figures {
		i, ok := index[f.Dataset]
		area := findArea(atlas, f.Area)
		if !ok || area == nil {
			return nil, fmt.Errorf("series: figures.csv line %d: unknown dataset %q or area %q", f.Line, f.Dataset, f.Area)
		}
		figure, err := f.figure(area.ID, list[i].Dataset)
		if err != nil {
			return nil, err
		}
		list[i].Figures = append(list[i].Figures, figure)
	}
	return list, nil
}

func (f PackFigure) figure(area int64, d Dataset) (Figure, error) {
	v, state, err := number(f.Value, sheet.DecimalPoint)
	if err != nil {
		return Figure{}, fmt.Errorf("series: figures.csv line %d: %w", f.Line, err)
	}
	scaled, ok := rescale(v, d.Decimals)
	if !ok {
		return Figure{}, fmt.Errorf("series: figures.csv line %d: %q has more than %d decimals", f.Line, f.Value, d.Decimals)
	}
	return Figure{Area: area, Year: f.Year, Value: scaled, State: state}, nil
}

// findArea finds an area by its public key, whatever its kind.
func findArea(atlas *territory.Atlas, key string) *territory.Area {
	for _, kind := range territory.Kinds() {
		if a := atlas.Area(kind, key); a != nil {
			return a
		}
	}
	return nil
}
