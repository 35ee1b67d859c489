package site

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/i18n"
)

// Figures is every whole figure of every area as of a day, kept in memory.
type Figures struct {
	atlas *territory.Atlas
	sets  []*figureSet
}

// figureSet is one dataset: values by area and year, and the province's.
type figureSet struct {
	series.Dataset
	years    []int // ascending
	values   map[int64]map[int]int64
	province map[int]int64
	derived  bool // computed here from other datasets
}

// remembered keeps the figures of the days asked for lately.
type remembered struct {
	mu  sync.Mutex
	day map[calendar.Date]*Figures
}

const maxRemembered = 16

func (r *remembered) get(day calendar.Date) *Figures {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.day[day]
}

func (r *remembered) put(day calendar.Date, f *Figures) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.day) >= maxRemembered {
		clear(r.day)
	}
	r.day[day] = f
}

// figures gives the figures as of a day, from memory when they still hold.
func (s *Site) figures(tx *db.Tx, atlas *territory.Atlas, asOf calendar.Date) (*Figures, error) {
	memory, err := s.remembered.Get(tx)
	if err != nil {
		return nil, err
	}
	if known := memory.get(asOf); known != nil && known.atlas == atlas {
		return known, nil
	}
	all, err := s.Series.Everything(tx, asOf)
	if err != nil {
		return nil, err
	}
	f := build(all, atlas, asOf)
	f.atlas = atlas
	memory.put(asOf, f)
	return f, nil
}

func build(all []series.Found, atlas *territory.Atlas, asOf calendar.Date) *Figures {
	byKey := map[string]*figureSet{}
	f := &Figures{}
	for _, x := range all {
		set := byKey[x.Dataset.Key]
		if set == nil {
			set = &figureSet{Dataset: *x.Dataset, values: map[int64]map[int]int64{}, province: map[int]int64{}}
			byKey[x.Dataset.Key] = set
			f.sets = append(f.sets, set)
		}
		if x.State != series.Value {
			continue
		}
		if set.values[x.Area] == nil {
			set.values[x.Area] = map[int]int64{}
		}
		set.values[x.Area][x.Year] = x.Value
		if !slices.Contains(set.years, x.Year) {
			set.years = append(set.years, x.Year)
		}
	}
	for _, set := range f.sets {
		slices.Sort(set.years)
		set.total(atlas, asOf)
	}
	if d := density(byKey["population"], atlas, asOf); d != nil {
		f.sets = append(f.sets, d)
	}
	slices.SortStableFunc(f.sets, func(a, b *figureSet) int { return cmp.Compare(rank(a.Key), rank(b.Key)) })
	return f
}

// total computes the province's figure of each year, where it has one.
func (s *figureSet) total(atlas *territory.Atlas, asOf calendar.Date) {
	province := atlas.Province()
	if province == nil {
		return
	}
	var members []int64
	for _, c := range atlas.Members(province.ID, asOf) {
		members = append(members, c.ID)
	}
	for _, year := range s.years {
		figures := map[int64]series.Figure{}
		for area, values := range s.values {
			if v, ok := values[year]; ok {
				figures[area] = series.Figure{Area: area, Year: year, Value: v}
			}
		}
		if t := series.TotalOf(s.Dataset, figures, province.ID, members); t.OK {
			s.province[year] = t.Value
		}
	}
}

// density is inhabitants by square kilometre, rounded half up: derived, never stored.
func density(population *figureSet, atlas *territory.Atlas, asOf calendar.Date) *figureSet {
	if population == nil {
		return nil
	}
	d := &figureSet{Dataset: series.Dataset{Key: "density", Publisher: population.Publisher, Source: population.Source}, years: population.years,
		values: map[int64]map[int]int64{}, province: map[int]int64{}, derived: true}
	var hectares int64
	for _, c := range atlas.Communes(asOf) {
		hectares += c.Hectares
		if c.Hectares == 0 {
			continue
		}
		d.values[c.ID] = map[int]int64{}
		for year, v := range population.values[c.ID] {
			d.values[c.ID][year] = perKm2(v, c.Hectares)
		}
	}
	if hectares > 0 {
		for year, v := range population.province {
			d.province[year] = perKm2(v, hectares)
		}
	}
	return d
}

func perKm2(inhabitants, hectares int64) int64 { return (inhabitants*100 + hectares/2) / hectares }

// preferred are the figures that a reader expects first.
var preferred = []string{"population", "density", "income_median", "adi_equivalised_median", "ageing", "establishments", "establishment_units_q4", "new_dwellings", "permits_new_dwellings"}

func rank(key string) int {
	if i := slices.Index(preferred, key); i >= 0 {
		return i
	}
	return len(preferred)
}

// set finds a dataset.
func (f *Figures) set(key string) *figureSet {
	for _, s := range f.sets {
		if s.Key == key {
			return s
		}
	}
	return nil
}

// latest is the newest value of an area.
func (s *figureSet) latest(area int64) (year int, value int64, ok bool) {
	if s == nil {
		return 0, 0, false
	}
	for _, y := range slices.Backward(s.years) {
		if v, found := s.values[area][y]; found {
			return y, v, true
		}
	}
	return 0, 0, false
}

// line is the values of an area over the years, NaN where there is none.
func (s *figureSet) line(values map[int]int64) []float64 {
	list := make([]float64, 0, len(s.years))
	scale := math.Pow10(s.Decimals)
	for _, y := range s.years {
		v, ok := values[y]
		if !ok {
			list = append(list, math.NaN())
			continue
		}
		list = append(list, float64(v)/scale)
	}
	return list
}

// title is the dataset's name in a language.
func (s *figureSet) title(p *i18n.Printer) string {
	if s.derived {
		return p.T("figure." + s.Key) // i18n: figure.*
	}
	title, _ := s.Title.In(p.Lang())
	return title
}

// format writes a value with its unit.
func (s *figureSet) format(p *i18n.Printer, v int64) string {
	if s.derived {
		return p.Fixed(v, s.Decimals) + "\u00a0" + p.T("figure."+s.Key+".unit")
	}
	return s.Dataset.Format(p, v)
}
