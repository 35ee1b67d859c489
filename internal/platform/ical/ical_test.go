package ical

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	goical "github.com/emersion/go-ical"
	"pgregory.net/rapid"

	"beffroi/internal/platform/calendar"
)

func brussels(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Brussels")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func sample(t testing.TB) Calendar {
	zone := brussels(t)
	stamp := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	return Calendar{Name: "Mons, jours à retenir", URL: "https://beffroi.example/communes/53053", Refresh: 12 * time.Hour, Zone: zone, Events: []Event{
		{UID: "b@beffroi", Sequence: 3, Stamp: stamp, First: calendar.MustParse("2026-12-01"), Last: calendar.MustParse("2026-12-31"), Summary: "Projet : Ravel; Dender, \\ et vélos", Description: "Première ligne\nSeconde", URL: "https://beffroi.example/projects/ravel", Categories: []string{"Projet, commun", "Mobilité"}, Free: true},
		{UID: "a@beffroi", Stamp: stamp, First: calendar.MustParse("2026-12-01"), Summary: "Fin de mandat", Status: Cancelled},
		{UID: "c@beffroi", Stamp: stamp, From: time.Date(2026, 3, 28, 22, 0, 0, 0, zone), To: time.Date(2026, 10, 25, 4, 0, 0, 0, zone), Summary: "D’une heure à l’autre", Location: "Mons", Status: Tentative},
	}}
}

func encode(t testing.TB, c Calendar) []byte {
	t.Helper()
	b, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestGolden(t *testing.T) {
	got := encode(t, sample(t))
	path := filepath.Join("testdata", "commune.ics")
	if os.Getenv("BEFFROI_UPDATE") != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The transitions of 2026 in Belgium: clocks go forward at 2 o'clock on 29
// March and back at 3 o'clock on 25 October.
func TestTimezone(t *testing.T) {
	c, err := read(encode(t, sample(t)))
	if err != nil {
		t.Fatal(err)
	}
	zone := c.parts[0]
	var got []string
	for _, o := range zone.parts {
		got = append(got, o.name+" "+o.value("DTSTART")+" "+o.value("TZOFFSETFROM")+" "+o.value("TZOFFSETTO")+" "+o.value("TZNAME"))
	}
	want := "STANDARD 20251026T030000 +0200 +0100 CET, DAYLIGHT 20260329T020000 +0100 +0200 CEST, STANDARD 20261025T030000 +0200 +0100 CET"
	if zone.name != "VTIMEZONE" || zone.value("TZID") != "Europe/Brussels" || strings.Join(got, ", ") != want {
		t.Errorf("%s %v", zone.name, got)
	}
}

func TestTimezoneWhereNeeded(t *testing.T) {
	all := sample(t)
	for _, c := range []struct {
		name string
		keep int
		want string
	}{{"days only", 2, "VEVENT VEVENT "}, {"nothing", 0, "VTIMEZONE "}, {"hours too", 3, "VTIMEZONE VEVENT VEVENT VEVENT "}} {
		some := all
		some.Events = all.Events[:c.keep]
		got, err := read(encode(t, some))
		if err != nil {
			t.Fatal(err)
		}
		names := ""
		for _, p := range got.parts {
			names += p.name + " "
		}
		if names != c.want {
			t.Errorf("%s: %q, want %q", c.name, names, c.want)
		}
	}
}

// Every hour of two centuries in Brussels is told by its observance: local time
// and offset name the same instant.
func TestObservancesTellTheTime(t *testing.T) {
	zone := brussels(t)
	rapid.Check(t, func(rt *rapid.T) {
		from := time.Unix(rapid.Int64Range(-5_000_000_000, 7_000_000_000).Draw(rt, "from"), 0)
		to := from.Add(time.Duration(rapid.Int64Range(1, 3*365*24*3600).Draw(rt, "long")) * time.Second)
		b, err := Calendar{Name: "n", Zone: zone, Events: []Event{{UID: "u", Stamp: from, From: from, To: to, Summary: "s"}}}.Encode()
		if err != nil {
			rt.Fatal(err)
		}
		c, err := read(b)
		if err != nil {
			rt.Fatal(err)
		}
		tz, event := c.parts[0], c.parts[1]
		for name, want := range map[string]time.Time{"DTSTART": from, "DTEND": to} {
			local, err := time.Parse(localLayout, event.value(name))
			if err != nil {
				rt.Fatal(err)
			}
			// In the hour that comes twice two observances fit; one must be right.
			right := false
			for i, o := range tz.parts {
				to := offset(rt, o.value("TZOFFSETTO"))
				begin, _ := time.Parse(localLayout, o.value("DTSTART"))
				begin = begin.Add(-offset(rt, o.value("TZOFFSETFROM")))
				instant := local.Add(-to)
				ends := i+1 < len(tz.parts) && !instant.Before(utcStart(rt, tz.parts[i+1]))
				right = right || instant.Equal(want) && !instant.Before(begin) && !ends
			}
			if !right {
				rt.Fatalf("%s %s of %s is told by no observance:\n%s", name, event.value(name), want, b)
			}
		}
	})
}

func utcStart(t *rapid.T, o component) time.Time {
	begin, err := time.Parse(localLayout, o.value("DTSTART"))
	if err != nil {
		t.Fatal(err)
	}
	return begin.Add(-offset(t, o.value("TZOFFSETFROM")))
}

func offset(t *rapid.T, s string) time.Duration {
	layout := "-0700"
	if len(s) == 7 {
		layout = "-070000"
	}
	at, err := time.Parse(layout, s)
	if err != nil {
		t.Fatal(err)
	}
	_, seconds := at.Zone()
	return time.Duration(seconds) * time.Second
}

// Whatever an event says comes back from our strict reader and from go-ical.
func TestReadBack(t *testing.T) {
	zone := brussels(t)
	stamp := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	said := func(s string) string { // line ends are one thing, control characters none
		s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
		return strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' || r == 0x7F {
				return -1
			}
			return r
		}, s)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom([]rune("a\\,;:\"\r\n é€𝄞")), 0, 200, -1))
		day := calendar.MustParse("1990-01-01").AddDays(rapid.IntRange(0, 40_000).Draw(t, "day"))
		e := Event{UID: "u-1@x", Sequence: rapid.Int64Range(0, 1<<31-1).Draw(t, "seq"), Stamp: stamp, First: day, Last: day.AddDays(rapid.IntRange(0, 400).Draw(t, "days")),
			Summary: "x" + text.Draw(t, "summary"), Description: text.Draw(t, "description"), Location: text.Draw(t, "location"),
			Status: rapid.SampledFrom([]Status{Confirmed, Tentative, Cancelled}).Draw(t, "status")}
		b, err := Calendar{Name: "x" + text.Draw(t, "name"), Zone: zone, Events: []Event{e}}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		c, err := read(b)
		if err != nil {
			t.Fatalf("%v in\n%q", err, b)
		}
		got := c.parts[0]
		for name, want := range map[string]string{"SUMMARY": e.Summary, "DESCRIPTION": e.Description, "LOCATION": e.Location} {
			text, err := unescape(got.value(name))
			if err != nil || text != said(want) {
				t.Fatalf("%s %q, want %q (%v)", name, text, said(want), err)
			}
		}
		first, _ := time.Parse("20060102", got.value("DTSTART"))
		end, _ := time.Parse("20060102", got.value("DTEND"))
		if calendar.Of(first) != e.First || calendar.Of(end) != e.Last.AddDays(1) || got.value("STATUS") != string(e.Status) {
			t.Fatalf("%+v", got)
		}
		foreign, err := goical.NewDecoder(bytes.NewReader(b)).Decode()
		if err != nil {
			t.Fatalf("go-ical: %v in\n%q", err, b)
		}
		if summary, err := foreign.Events()[0].Props.Text("SUMMARY"); err != nil || summary != said(e.Summary) {
			t.Fatalf("go-ical reads %q, want %q (%v)", summary, said(e.Summary), err)
		}
	})
}

func TestForeignReader(t *testing.T) {
	cal, err := goical.NewDecoder(bytes.NewReader(encode(t, sample(t)))).Decode()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range cal.Events() {
		start, err := e.DateTimeStart(nil)
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := e.Props.Text("UID")
		status, _ := e.Status()
		got = append(got, uid+" "+start.UTC().Format("2006-01-02 15:04")+" "+string(status))
	}
	want := "c@beffroi 2026-03-28 21:00 TENTATIVE, a@beffroi 2026-12-01 00:00 CANCELLED, b@beffroi 2026-12-01 00:00 CONFIRMED"
	if strings.Join(got, ", ") != want {
		t.Errorf("%v", got)
	}
	var out bytes.Buffer // go-ical writes only what it finds complete
	if err := goical.NewEncoder(&out).Encode(cal); err != nil {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Calendar){
		"no name":           func(c *Calendar) { c.Name = "" },
		"no zone":           func(c *Calendar) { c.Zone = nil },
		"relative address":  func(c *Calendar) { c.URL = "/communes" },
		"no uid":            func(c *Calendar) { c.Events[0].UID = "" },
		"uid of two lines":  func(c *Calendar) { c.Events[0].UID = "a\r\nBEGIN:VEVENT" },
		"uid twice":         func(c *Calendar) { c.Events[0].UID = c.Events[1].UID },
		"no stamp":          func(c *Calendar) { c.Events[0].Stamp = time.Time{} },
		"no summary":        func(c *Calendar) { c.Events[0].Summary = "" },
		"sequence":          func(c *Calendar) { c.Events[0].Sequence = -1 },
		"event address":     func(c *Calendar) { c.Events[0].URL = "https://x/\r\nSUMMARY:y" },
		"address, no text":  func(c *Calendar) { c.Events[0].URL = "https://x/" + strings.Repeat("\x80", 200) },
		"status":            func(c *Calendar) { c.Events[0].Status = "MAYBE" },
		"no day":            func(c *Calendar) { c.Events[0].First = calendar.Date{} },
		"days and hours":    func(c *Calendar) { c.Events[2].First = calendar.MustParse("2026-01-01") },
		"ends before start": func(c *Calendar) { c.Events[0].Last = calendar.MustParse("2026-11-30") },
		"no length":         func(c *Calendar) { c.Events[2].To = c.Events[2].From },
	} {
		c := sample(t)
		spoil(&c)
		if _, err := c.Encode(); !errors.Is(err, ErrCalendar) {
			t.Errorf("%s: %v", name, err)
		}
	}
	encode(t, sample(t)) // the unspoilt one is written
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{time.Minute: "PT1H", 12 * time.Hour: "PT12H"} {
		if got := duration(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}
