package ledger

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"beffroi/internal/ground/series"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/object"
)

// LoadPack reads ledger.csv: postings in the order of the file, reversals after
// what they cancel.
func LoadPack(files fs.FS) ([]Posting, error) {
	f, err := files.Open("ledger.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("ledger: ledger.csv: %w", err)
	}
	var list []Posting
	for i, cells := range lines[min(1, len(lines)):] {
		values := map[string]string{}
		for k, name := range lines[0] {
			values[name] = cells[k]
		}
		p, err := readPosting(values)
		if err != nil {
			return nil, fmt.Errorf("ledger: ledger.csv line %d: %w", i+2, err)
		}
		list = append(list, p)
	}
	return list, nil
}

// readPosting reads the columns of the packs' own layout. What is not a date, a
// number or a reference is refused here; the rest when it is posted.
func readPosting(v map[string]string) (Posting, error) {
	p := Posting{Kind: Kind(v["kind"]), Title: series.Text{FR: v["title_fr"], NL: v["title_nl"], EN: v["title_en"]}, Measure: Measure(v["measure"]),
		Attribution: Attribution(v["attribution"]), Key: v["key"], Fictitious: v["status"] == "fictitious", Note: v["note"], Origin: v["source"],
		External: v["ref"], Reverses: v["reverses"]}
	var f fieldErrors
	if v["base"] != "" {
		for base := range strings.SplitSeq(v["base"], ";") {
			p.Base = append(p.Base, strings.TrimSpace(base))
		}
	}
	var err error
	if p.Date, err = calendar.Parse(v["date"]); err != nil {
		f.add("date", v["date"], "ledger.date")
	}
	if p.Amount, err = strconv.ParseInt(v["amount"], 10, 64); err != nil {
		f.add("amount", v["amount"], "ledger.amount.whole")
	}
	if y := v["year"]; y != "" && !p.Date.IsZero() && y != strconv.Itoa(p.Date.Year()) {
		f.add("year", y, "ledger.year")
	}
	if s := v["source_object"]; s != "" {
		if p.Source, err = object.Parse(s); err != nil {
			f.add("source_object", s, "ledger.source")
		}
	}
	return p, f.err()
}
