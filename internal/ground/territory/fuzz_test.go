package territory

import (
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"beffroi/internal/platform/calendar"
)

func FuzzReadCode(f *testing.F) {
	for _, s := range []string{"53053", "4000", " 53053 ", "'53053", "53053.0", "", "５３０５３", "53 053", "-5305", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if code, short, ok := ReadCode(s); ok && (!ValidCode(code) || short && code[0] != '0') {
			t.Errorf("%q gives %q", s, code)
		}
	})
}

func FuzzLoadPack(f *testing.F) {
	f.Add("kind,code,name_fr,name_nl,name_de,parent,valid_from,valid_to,area_km2,source\ncommune,53053,Mons,,,,1970-01-01,,147.56,x\n")
	f.Add("kind,code\ncommune\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, areas string) {
		p, err := LoadPack(fstest.MapFS{"areas.csv": {Data: []byte(areas)}})
		if err == nil && strings.Count(areas, "\n") < len(p.Areas) {
			t.Errorf("%d areas of %q", len(p.Areas), areas)
		}
	})
}

func TestLoadPackNamesFileAndLine(t *testing.T) {
	const header = "kind,code,name_fr,name_nl,name_de,parent,valid_from,valid_to,area_km2,source\n"
	for _, c := range []struct{ areas, want string }{
		{header + "commune,53053,Mons,,,,hier,,1,x\n", "areas.csv line 2"},
		{header + "commune,53053,Mons,,,,,,grand,x\n", "areas.csv line 2"},
	} {
		if _, err := LoadPack(fstest.MapFS{"areas.csv": {Data: []byte(c.areas)}}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if _, err := LoadPack(fstest.MapFS{}); err == nil {
		t.Error("a pack without areas was read")
	}
}

// The records of the history are joined whatever their order, each once.
func TestLineagesKeepEveryRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		starts := []string{"1970-01-01", "1977-01-01", "2019-01-01"}
		ends := []string{"1976-12-31", "2018-12-31", ""}
		var list []refnisLine
		for i := range rapid.IntRange(0, 12).Draw(t, "n") {
			at := rapid.IntRange(0, 2).Draw(t, "period")
			p := calendar.Period{From: calendar.MustParse(starts[at])}
			if ends[at] != "" {
				p.To = calendar.MustParse(ends[at])
			}
			list = append(list, refnisLine{line: i, level: 4, nis: rapid.SampledFrom([]string{"51001", "51002", "51003"}).Draw(t, "nis"),
				fr: rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "name"), period: p})
		}
		seen := map[int]bool{}
		for _, l := range lineages(list) {
			for i, r := range l.records {
				if seen[r.line] {
					t.Fatalf("line %d twice", r.line)
				}
				seen[r.line] = true
				if i > 0 && r.period.From.After(l.records[i-1].period.From) {
					t.Fatalf("records out of order: %+v", l.records)
				}
			}
		}
		if len(seen) != len(list) {
			t.Fatalf("%d of %d lines", len(seen), len(list))
		}
	})
}

func TestPostalRanges(t *testing.T) {
	for code, want := range map[string]string{"7000": "50000", "6000": "50000", "6599": "50000", "6600": "80000", "1400": "25000", "1000": "21000", "9999": "40000",
		"0999": "", "700": "", "70000": "", "abcd": ""} {
		if got := postalProvince(code); got != want {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
	for nis, want := range map[string]string{"53053": "50000", "25072": "25000", "21004": "21000", "23002": "20001", "": "", "rz-x": ""} {
		if got := provinceOf(nis); got != want {
			t.Errorf("%s: %s, want %s", nis, got, want)
		}
	}
}

func TestReadHectaresIsExact(t *testing.T) {
	for text, want := range map[string]int64{"127.90": 12790, "127,9": 12790, "1": 100, "0.005": 1, "0.0149": 1, "147.56": 14756} {
		if got, err := readHectares(text); err != nil || got != want {
			t.Errorf("%q: %d %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1", "999999999999999", "grand"} {
		if got, err := readHectares(text); err == nil {
			t.Errorf("%q: %d", text, got)
		}
	}
}
