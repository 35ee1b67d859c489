package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"beffroi/internal/app"
	"beffroi/internal/ground/ledger"
	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
)

// fill posts entries and publishes figures over the pack that the database
// holds, and prints the last reference of each year.
func fill(ctx context.Context, h *app.House, entries, years int, seed uint64, out io.Writer) error {
	atlas, err := h.Territory.Atlas(ctx)
	if err != nil {
		return err
	}
	today := clock.Today(h.DB.Clock())
	m := maker{rand: rand.New(rand.NewPCG(seed, 0)), atlas: atlas, today: today, years: years, communes: atlas.Communes(today)}
	if len(m.communes) == 0 {
		return fmt.Errorf("the database holds no commune: load the pack first")
	}
	actor := auth.System("load")
	const batch = 10_000 // in one transaction, with one entry in the audit
	for done := 0; done < entries; done += batch {
		if err := h.Ledger.SeedEntries(ctx, actor, m.postings(min(batch, entries-done))); err != nil {
			return err
		}
	}
	list, err := m.publications(ctx, h)
	if err != nil {
		return err
	}
	if err := h.Series.Seed(ctx, actor, list); err != nil {
		return err
	}
	return printLast(ctx, h, out)
}

// printLast prints the number of the last entry of each year; there is none
// missing before it.
func printLast(ctx context.Context, h *app.House, out io.Writer) error {
	return h.DB.Read(ctx, func(tx *db.Tx) error {
		_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
			var year, last int64
			if err := s.Scan(&year, &last); err != nil {
				return struct{}{}, err
			}
			_, err := fmt.Fprintln(out, year, last)
			return struct{}{}, err
		}, "SELECT year, max(number) FROM ledger_entry GROUP BY year ORDER BY year")
		return err
	})
}

// maker invents rows.
type maker struct {
	rand     *rand.Rand
	atlas    *territory.Atlas
	today    calendar.Date
	years    int
	communes []*territory.Area
}

func (m *maker) postings(n int) []ledger.Posting {
	list := make([]ledger.Posting, n)
	for i := range list {
		list[i] = m.posting()
	}
	return list
}

// titles are what a province writes in its accounts, in the three languages.
var titles = []series.Text{
	{FR: "Subvention à la rénovation d’une salle communale", NL: "Subsidie voor de renovatie van een gemeentezaal", EN: "Grant for renovating a village hall"},
	{FR: "Curage d’un cours d’eau de deuxième catégorie", NL: "Ruiming van een waterloop van tweede categorie", EN: "Dredging of a second-category watercourse"},
	{FR: "Formation des agents communaux", NL: "Opleiding van gemeentepersoneel", EN: "Training of commune staff"},
	{FR: "Passage du bibliobus", NL: "Bezoek van de bibliobus", EN: "Visit of the library bus"},
	{FR: "Projet supracommunal de mobilité", NL: "Bovengemeentelijk mobiliteitsproject", EN: "Supracommunal mobility project"},
}

// sources are missions of the pack.
var sources = []string{"SUP-ZDS", "SUP-APP", "TER-EAU"}

// posting invents one entry: seven in ten for one commune, the rest shared,
// for a territory, or for the whole province.
func (m *maker) posting() ledger.Posting {
	kinds := ledger.Kinds()
	p := ledger.Posting{Date: m.day(), Kind: kinds[m.rand.IntN(len(kinds))], Title: titles[m.rand.IntN(len(titles))], Measure: ledger.EurCents,
		Amount: 1_000 + m.rand.Int64N(50_000_00), Source: object.Ref{Kind: "mission", Key: sources[m.rand.IntN(len(sources))]},
		Projection: m.rand.IntN(50) == 0, Fictitious: true, Origin: "load"}
	switch p.Kind {
	case ledger.Hours:
		p.Measure, p.Amount = ledger.InHours, 1+m.rand.Int64N(400)
	case ledger.Attendance, ledger.Training:
		p.Measure, p.Amount = ledger.Persons, 1+m.rand.Int64N(60)
	}
	switch n := m.rand.IntN(100); {
	case n < 70:
		p.Attribution, p.Base = ledger.Direct, []string{m.commune()}
	case n < 85:
		p.Attribution = ledger.Shared
		for i, from := 0, m.rand.IntN(len(m.communes)); i < 2+n%4; i++ {
			p.Base = append(p.Base, m.communes[(from+i)%len(m.communes)].Key)
		}
	case n < 90:
		p.Attribution, p.Key = ledger.Territory, "equal"
		p.Base = []string{m.territory()}
	default:
		p.Attribution = ledger.Unallocated
	}
	return p
}

func (m *maker) commune() string { return m.communes[m.rand.IntN(len(m.communes))].Key }

func (m *maker) territory() string {
	list := m.atlas.OfKind(territory.ProjectTerritory, m.today)
	return list[m.rand.IntN(len(list))].Key
}

// day is a day of the last years, none after today.
func (m *maker) day() calendar.Date {
	d, err := calendar.New(m.today.Year()-m.rand.IntN(m.years), time.Month(1+m.rand.IntN(12)), 1+m.rand.IntN(28))
	if err != nil || d.After(m.today) {
		return m.today.AddDays(-m.rand.IntN(m.today.DaysSince(m.newYear()) + 1))
	}
	return d
}

func (m *maker) newYear() calendar.Date { return m.today.AddMonths(-12).EndOfYear().AddDays(1) }

// publications gives every dataset a new vintage with a figure per commune, group
// and year.
func (m *maker) publications(ctx context.Context, h *app.House) (list []series.Publication, err error) {
	var datasets []series.Dataset
	err = h.DB.Read(ctx, func(tx *db.Tx) error {
		datasets, err = h.Series.Datasets(tx)
		return err
	})
	areas := append(m.communes, m.atlas.OfKind(territory.ProjectTerritory, m.today)...)
	if p := m.atlas.Province(); p != nil {
		areas = append(areas, p)
	}
	for _, d := range datasets {
		p := series.Publication{Dataset: d, Published: m.today}
		for _, a := range areas {
			level := 1_000 + m.rand.Int64N(40_000)
			for y := m.today.Year() - m.years + 1; y <= m.today.Year(); y++ {
				level += m.rand.Int64N(101) - 50
				p.Figures = append(p.Figures, series.Figure{Area: a.ID, Year: y, Value: max(0, level)})
			}
		}
		list = append(list, p)
	}
	return list, err
}
