package convert

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/domain/plan/rollup"
	"beffroi/internal/platform/calendar"
)

func measured() (*outline.Tree, []bool) {
	nodes := full()
	nodes[4].Indicators = []outline.Indicator{
		{Code: "I.1", Title: "Logements rénovés", Kind: "output", Direction: rollup.Up, Baseline: "10", Start: calendar.MustParse("2024-12-31"), Target: "50.5", Due: calendar.MustParse("2030-12-31"), Value: "12"},
		{Code: "I.2", Title: "Retards", Unit: "%", Kind: "outcome", Direction: rollup.Down, Target: "5"},
		{Code: "I.3", Title: "Sans rien", Direction: rollup.Hold},
	}
	nodes[4].Steps = []outline.Step{{Title: "Marché attribué, publié; et après", Due: calendar.MustParse("2026-03-31")}, {Title: "Fait", Due: calendar.MustParse("2026-01-31"), Done: today}}
	p := outline.Plan{Key: "demo", Title: "Plan d’essai", State: "running", Term: calendar.Period{From: calendar.MustParse("2024-12-01"), To: calendar.MustParse("2030-11-30")}}.Complete()
	t := outline.NewTree(p, nodes)
	keep := make([]bool, len(t.Nodes))
	for i := range keep {
		keep[i] = true
	}
	return t, keep
}

var stamp = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func TestICal(t *testing.T) {
	tree, keep := measured()
	list := Deadlines(tree, keep, func(n *outline.Node) string { return "Fin : " + n.Title }, func(_ *outline.Node, s outline.Step) string { return s.Title })
	if len(list) != 2 || list[0].ID != "A.1" || list[1].Day != calendar.MustParse("2026-03-31") {
		t.Fatalf("%+v", list)
	}
	var b bytes.Buffer
	if err := WriteICal(&b, tree.Plan, list, stamp); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{"BEGIN:VCALENDAR\r\n", "DTSTART;VALUE=DATE:20261231\r\n", "DTSTAMP:20261123T100000Z\r\n", "UID:demo-A.1-1@plan.beffroi\r\n", `SUMMARY:Marché attribué\, publié\; et après`, "END:VCALENDAR\r\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if strings.Count(text, "BEGIN:VEVENT") != 2 || strings.Count(text, "\n") != strings.Count(text, "\r\n") {
		t.Error(text)
	}
	i, _ := tree.Find("A.1")
	keep[i] = false
	if list := Deadlines(tree, keep, func(*outline.Node) string { return "" }, nil); len(list) != 0 {
		t.Errorf("what is hidden has deadlines: %+v", list)
	}
}

// breaches checks the rules of IATI's own rule set about results, by their
// numbers, and those about the activity that a plan can break.
func breaches(root *element) (list []string) {
	a := root.child("iati-activity")
	if id, ref := a.value("iati-identifier"), a.child("reporting-org").attr("ref"); id == ref || !strings.HasPrefix(id, ref) || ref == "" {
		list = append(list, "1.1.3")
	}
	start := false
	for _, d := range a.children {
		start = start || d.name == "activity-date" && (d.attr("type") == "1" || d.attr("type") == "2")
	}
	if !start {
		list = append(list, "6.11.1")
	}
	if a.child("sector").attr("code") == "" {
		list = append(list, "6.2.2")
	}
	for _, r := range a.children {
		for _, i := range r.children {
			if i.name != "indicator" {
				continue
			}
			for _, b := range i.children {
				if b.name == "baseline" && !isNumber(b.attr("value")) {
					list = append(list, "8.8.1")
				}
				if b.name == "period" {
					list = append(list, periodBreaches(b)...)
				}
			}
		}
	}
	return list
}

func periodBreaches(p *element) (list []string) {
	if p.child("period-start").attr("iso-date") >= p.child("period-end").attr("iso-date") {
		list = append(list, "8.6.1")
	}
	for _, v := range p.children {
		if (v.name == "target" || v.name == "actual") && !isNumber(v.attr("value")) {
			list = append(list, map[string]string{"target": "8.9.1", "actual": "8.10.1"}[v.name])
		}
	}
	return list
}

func isNumber(s string) bool { _, err := strconv.ParseFloat(s, 64); return err == nil }

func TestIATI(t *testing.T) {
	var rules map[string]json.RawMessage
	if err := json.Unmarshal(sample(t, "iati-rules-standard.json"), &rules); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1.1.3", "6.11.1", "6.2.2", "8.6.1", "8.8.1", "8.9.1", "8.10.1"} {
		found := false
		for _, r := range rules {
			found = found || bytes.Contains(r, []byte(`"`+id+`"`))
		}
		if !found {
			t.Errorf("the rule set has no rule %s", id)
		}
	}
	tree, keep := measured()
	write := func(who Reporter) string {
		var b bytes.Buffer
		if err := WriteIATI(&b, tree, keep, who, stamp); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	who := Reporter{"BE-BCE_KBO-0000000097", "Province d’essai"}
	text := write(who)
	root, err := parseXML([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if list := breaches(root); len(list) > 0 {
		t.Errorf("%v in %s", list, text)
	}
	result := root.child("iati-activity", "result")
	if len(result.children) != 5 || result.attr("type") != "1" || !strings.Contains(text, `measure="2" ascending="0"`) || !strings.Contains(text, `<baseline iso-date="2024-12-31" year="2024" value="10">`) {
		t.Error(text)
	}
	if write(who) != text {
		t.Error("the same plan gives other bytes")
	}
	for rule, change := range map[string][2]string{"8.6.1": {`period-end iso-date="2030-12-31"`, `period-end iso-date="2020-12-31"`}, "8.9.1": {`target value="50.5"`, `target value=""`}, "8.8.1": {`value="10"`, `value="dix"`}, "1.1.3": {"0000000097-demo", "0000000097"}} {
		bad, err := parseXML([]byte(strings.Replace(text, change[0], change[1], 1)))
		if err != nil || len(breaches(bad)) != 1 || breaches(bad)[0] != rule {
			t.Errorf("rule %s is not watched: %v %v", rule, breaches(bad), err)
		}
	}
}
