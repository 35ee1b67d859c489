package web

import (
	"strings"
	"testing"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
)

func TestBadDays(t *testing.T) {
	type inner struct {
		From calendar.Date `json:"from,omitzero"`
		Note string        `json:"note"`
	}
	type outer struct {
		inner
		Day    *calendar.Date  `json:"day"`
		Period calendar.Period `json:"period"`
		Rules  []inner         `json:"rules"`
		Plain  calendar.Date
	}
	for body, want := range map[string]string{
		`{"day":"2026-02-30"}`:                                     "day",
		`{"from":"x","note":"2026-02-30"}`:                         "from",
		`{"period":{"from":"2026-11-23","to":"soon"}}`:             "period.to",
		`{"rules":[{"from":"2026-11-23"},{"FROM":"1"}]}`:           "rules.1.from",
		`{"day":"1","plain":"2","rules":[{"from":"3"}],"from":""}`: "day Plain rules.0.from",
		`{"day":"2026-11-23"}`:                                     "",
		`{"day":7,"rules":{"from":"x"},"period":["x"]}`:            "",
		`[`: "",
	} {
		var got []string
		if err := badDays([]byte(body), &outer{}); err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s: %v", body, err)
			}
			for _, f := range fault.From(err).Fields {
				got = append(got, f.Name)
			}
		}
		for name := range strings.FieldsSeq(want) {
			if !strings.Contains(" "+strings.Join(got, " ")+" ", " "+name+" ") {
				t.Errorf("%s: %v, want %s", body, got, want)
			}
		}
		if len(got) != len(strings.Fields(want)) {
			t.Errorf("%s: %v, want %s", body, got, want)
		}
	}
}
