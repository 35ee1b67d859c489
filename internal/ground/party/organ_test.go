package party

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

func drawThreshold(t *rapid.T, label string) Threshold {
	den := rapid.Int64Range(2, 20).Draw(t, label+" den")
	return Threshold{Num: rapid.Int64Range(1, den-1).Draw(t, label+" num"), Den: den, Strict: rapid.Bool().Draw(t, label+" strict")}
}

// What a form shows of a rule is read back as the same rule.
func TestARuleSurvivesItsForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := VotingRule{Purpose: rapid.StringMatching(`[a-z]{1,9}`).Draw(t, "purpose"), Count: rapid.SampledFrom(Counts()).Draw(t, "count"),
			Basis: rapid.SampledFrom(Bases()).Draw(t, "basis"), Majority: drawThreshold(t, "majority"), Dataset: "population",
			Planned: rapid.Bool().Draw(t, "planned"), Note: rapid.StringMatching(`[a-zé]{0,9}`).Draw(t, "note")}
		if rapid.Bool().Draw(t, "quorate") {
			r.Quorum = drawThreshold(t, "quorum")
		}
		if rapid.Bool().Draw(t, "double") {
			r.Double = &Double{Count: rapid.SampledFrom(Counts()).Draw(t, "second"), Majority: drawThreshold(t, "double")}
		}
		if rapid.Bool().Draw(t, "dated") {
			r.Period.From = calendar.MustParse("2030-12-01")
		}
		for _, points := range rapid.SliceOfN(rapid.Int64Range(1, 10000), 0, 5).Draw(t, "weights") {
			r.Weights = append(r.Weights, Weight{Party: rapid.StringMatching(`[A-Z;a-z]{0,5}[a-z]`).Draw(t, "party"), Points: points})
		}
		v := register.NewValues(0, r.field)
		got := parseRule(v)
		if err := v.Err(); err != nil {
			t.Fatal(err)
		}
		want, _ := json.Marshal(r)
		if have, _ := json.Marshal(got); string(have) != string(want) {
			t.Fatalf("%s\nbecame\n%s", want, have)
		}
	})
}

func TestRuleFormsRefuse(t *testing.T) {
	good := map[string]string{"purpose": "ordinary", "count": "weights", "basis": "cast", "majority": "1/2", "weights": "A;60\nB;40"}
	for _, c := range []struct{ field, value, want string }{
		{"purpose", "", "purpose:required"},
		{"purpose", "two words", "purpose:register.key"},
		{"count", "dice", "count:register.enum"},
		{"basis", "", "basis:required"},
		{"majority", "half", "majority:party.rule.form"},
		{"majority", "1", "majority:party.rule.form"},
		{"majority", "1/0", "majority:party.rule.form"},
		{"majority", "99999999999/2", "majority:party.rule.form"},
		{"majority", "", "majority:party.rule.fraction"},
		{"majority", "3/2", "majority:party.rule.fraction"},
		{"quorum", "-1/2", "quorum:party.rule.fraction"},
		{"weights", "A 60", "weights:party.rule.line"},
		{"weights", "A;x", "weights:party.rule.line"},
		{"weights", "A;33,333", "weights:party.rule.line"},
		{"weights", "A;60\nA;40", "weights:party.rule.weight"},
		{"weights", ";100", "weights:party.rule.weight"},
		{"weights", "A;60", "weights:party.rule.sum"},
		{"double_count", "dice", "double_count:register.enum"},
		{"double_count", "weights", "double_count:party.rule.double"},
		{"double_count", "per_head", "double_majority:party.rule.fraction"},
		{"count", "population", "dataset:required"},
		{"valid_from", "soon", "valid_from:register.date"},
		{"note", strings.Repeat("x", 1001), "note:register.long"},
	} {
		v := register.NewValues(0, func(name string) string {
			if name == c.field {
				return c.value
			}
			return good[name]
		})
		r := parseRule(v)
		err := v.Err()
		if err == nil {
			err = r.Check()
		}
		if err == nil || code(t, err) != c.want {
			t.Errorf("%s=%q: %v, want %s", c.field, c.value, err, c.want)
		}
	}
	v := register.NewValues(0, func(name string) string { return good[name] })
	if r := parseRule(v); v.Err() != nil || r.Check() != nil || r.Weights[0].Points != 6000 {
		t.Errorf("the good one: %+v %v", r, v.Err())
	}
}

// history is the actions recorded of an object, newest first.
func history(t *testing.T, s *Service, ref object.Ref) (actions []string) {
	t.Helper()
	err := s.db.Read(t.Context(), func(tx *db.Tx) error {
		list, err := audit.List(tx, audit.Filter{Object: ref, Limit: 20})
		for _, e := range list {
			actions = append(actions, e.Action)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return actions
}

func expect(t *testing.T, what string, code, want int, body string, words ...string) {
	t.Helper()
	if code != want {
		t.Errorf("%s: %d instead of %d: %.300s", what, code, want, body)
	}
	for _, w := range words {
		if !strings.Contains(body, w) {
			t.Errorf("%s: no %q in the answer", what, w)
		}
	}
}

func TestOrganForms(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		h, s := serve(t, d)
		code, body := h.Post("/organs/new", "key", "bureau", "name_fr", "", "body", "ghost", "source", "note de 2026")
		expect(t, "without a name", code, 422, body, `value="bureau"`, "note de 2026")
		code, body = h.Post("/organs/new", "key", "bureau", "name_fr", "Bureau", "body", "ghost")
		expect(t, "of nobody", code, 422, body, "ghost")
		code, body = h.Post("/organs/new", "key", "council", "name_fr", "Bureau")
		expect(t, "twice", code, 422, body, "council")
		code, body = h.Post("/organs/new", "key", "bureau", "name_fr", "Bureau", "body", "organ-college", "valid_from", "2030-12-01", "planned", "1")
		expect(t, "added", code, 303, body)
		if _, body := h.Get("/organs/bureau", true); !strings.Contains(body, "pas encore de règle") || !strings.Contains(body, "/organs/bureau/rules/new") {
			t.Error("the new organ has no first step")
		}
		at := "/organs/bureau/rules/new"
		code, body = h.Post(at, "version", "1", "purpose", "ordinary", "count", "weights", "basis", "cast", "majority", "1/2", "majority_strict", "1", "weights", "A;60\nB;30", "note", "essai")
		expect(t, "weights short of the whole", code, 422, body, "A;60\nB;30", "essai", `value="1/2"`)
		code, body = h.Post(at, "version", "1", "purpose", "ordinary", "count", "weights", "basis", "cast", "majority", "1/2", "majority_strict", "1", "weights", "A;60\nB;40",
			"double_count", "per_head", "double_majority", "2/3", "quorum", "1/2", "valid_from", "2030-12-01", "planned", "1")
		expect(t, "rule", code, 303, body)
		code, body = h.Post(at, "version", "1", "purpose", "ordinary", "count", "per_head", "basis", "cast", "majority", "1/2")
		expect(t, "stale rule", code, 409, body, `value="2"`, "per_head")
		if _, body := h.Get(at, true); !strings.Contains(body, "A;60\nB;40") || strings.Contains(body, "2030-12-01") {
			t.Error("the form of the next version does not begin with the last one, without its days")
		}
		code, body = h.Post(at, "version", "2", "purpose", "ordinary", "count", "per_head", "basis", "present", "majority", "1/2")
		expect(t, "second version", code, 303, body)
		code, body = h.Post("/organs/bureau/end", "version", "3", "valid_to", "2029-01-01")
		expect(t, "ended before it began", code, 422, body, "2029-01-01")
		code, body = h.Post("/organs/bureau/end", "version", "3", "valid_to", "2031-01-01")
		expect(t, "ended", code, 303, body)
		boards, _ := s.Boards(t.Context())
		b := boardOf(boards, "bureau")
		if len(b.Rules) != 2 || b.Rules[1].Version != 2 || b.Rules[0].Double == nil || b.Rules[0].Double.Majority != (Threshold{Num: 2, Den: 3}) || !b.Rules[0].Majority.Strict || !b.Planned || b.Version != 4 {
			t.Errorf("%+v", b)
		}
		if got := history(t, s, b.Object()); !slices.Equal(got, []string{"organ.end", "organ.rule", "organ.rule", "organ.create"}) {
			t.Errorf("history %v", got)
		}
	})
}

func TestMandateForms(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		h, s := serve(t, d)
		if _, body := h.Get("/bodies/organ-conseil", true); !strings.Contains(body, "/mandates/M-1/end") || !strings.Contains(body, "/mandates/M-1/edit") {
			t.Error("the staff cannot end a mandate from its body")
		}
		if _, body := h.Get("/bodies/organ-conseil", false); strings.Contains(body, "/mandates/") {
			t.Error("everybody is offered to end a mandate")
		}
		code, body := h.Post("/mandates/M-1/end", "version", "1", "valid_to", "2020-01-01")
		expect(t, "ended before it began", code, 422, body, "2020-01-01")
		code, body = h.Post("/mandates/M-1/end", "version", "1")
		expect(t, "without a day", code, 422, body)
		code, body = h.Post("/mandates/M-1/edit", "version", "1", "role", "Présidente", "holder", "", "status", "fictitious")
		expect(t, "without a holder", code, 422, body, "Présidente")
		code, body = h.Post("/mandates/M-1/edit", "version", "1", "role", "Présidente", "holder", "Camille Autre (fictif)", "status", "fictitious", "valid_from", "2024-10-18")
		expect(t, "corrected", code, 303, body)
		code, body = h.Post("/mandates/M-1/end", "version", "1", "valid_to", "2026-11-30")
		expect(t, "stale", code, 409, body, `value="2"`)
		code, body = h.Post("/mandates/M-1/end", "version", "2", "valid_to", "2026-11-30")
		expect(t, "ended", code, 303, body)
		m, err := s.Mandate(t.Context(), "M-1")
		if err != nil || m.Role != "Présidente" || m.Body != "organ-conseil" || m.Period.To.String() != "2026-11-30" || m.Version != 3 {
			t.Errorf("%+v %v", m, err)
		}
		if got := history(t, s, object.Ref{Kind: "body", Key: "organ-conseil"}); !slices.Equal(got, []string{"mandate.end", "mandate.update"}) {
			t.Errorf("history %v", got)
		}
		if code, _ := h.Get("/mandates/ghost/end", true); code != 404 {
			t.Errorf("a mandate that is not there: %d", code)
		}
	})
}

// writes are the writing routes of organs and mandates, as forms and as documents.
var writes = []string{"/organs/new", "/organs/council/rules/new", "/organs/council/end", "/mandates/M-1/edit", "/mandates/M-1/end"}

var documents = map[string]string{
	"POST /api/v1/organs":                        `{"key":"bureau","name":{"fr":"Bureau"}}`,
	"POST /api/v1/organs/council/rules":          `{"version":1,"rule":{"purpose":"ordinary","count":"per_head","basis":"cast","majority":{"num":1,"den":2}}}`,
	"POST /api/v1/organs/council/end":            `{"version":1,"valid_to":"2030-11-30"}`,
	"POST /api/v1/bodies/organ-conseil/mandates": `{"role":"Conseillère","holder":"Personne (fictive)"}`,
	"PUT /api/v1/mandates/M-1":                   `{"version":1,"role":"Présidente","holder":"Personne (fictive)"}`,
	"POST /api/v1/mandates/M-1/end":              `{"version":1,"valid_to":"2026-11-30"}`,
}

func TestOthersMayNotChangeOrgans(t *testing.T) {
	h, _ := serve(t, dbtest.SQLite(t, schemas()))
	for _, role := range auth.Roles() {
		if role == auth.Registrar {
			continue
		}
		other := h.As(role)
		for _, path := range writes {
			if code, _ := other.Get(path, true); code != 403 {
				t.Errorf("%s opens %s: %d", role, path, code)
			}
			if code, _ := other.Post(path); code != 403 {
				t.Errorf("%s sends %s: %d", role, path, code)
			}
		}
		for route, document := range documents {
			method, path, _ := strings.Cut(route, " ")
			if code, _ := other.Call(method, path, document); code != 403 {
				t.Errorf("%s sends %s: %d", role, route, code)
			}
		}
	}
}

// A registrar of one service answers for no organ of the house, but for the
// mandates of the own bodies.
func TestARegistrarOfOneServiceChangesNoOrgan(t *testing.T) {
	s := full(t, dbtest.SQLite(t, schemas()))
	local := auth.Actor{Username: "local", Grants: []auth.Grant{{Role: auth.Registrar, Body: "organ-conseil"}}}
	if err := s.CreateBoard(t.Context(), local, Board{Key: "b", Name: register.Text{FR: "B"}}); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("an organ: %v", err)
	}
	if _, err := s.UpdateMandate(t.Context(), local, "M-2", fields("role", "x", "holder", "y", "version", "1")); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("a mandate elsewhere: %v", err)
	}
	if _, err := s.UpdateMandate(t.Context(), local, "M-1", fields("role", "x", "holder", "y", "version", "1")); err != nil {
		t.Errorf("a mandate of the own body: %v", err)
	}
}

func TestOrganDocuments(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		h, s := serve(t, d)
		for _, c := range []struct {
			method, path, document string
			want                   int
			words                  []string
		}{
			{"POST", "/api/v1/organs", `{"key":"council","name":{"fr":"Bureau"}}`, 422, []string{"register.duplicate", `"key"`}},
			{"POST", "/api/v1/organs", `{"key":"bureau","name":{}}`, 422, []string{`"name_fr"`}},
			{"POST", "/api/v1/organs", `{"key":"bureau","name":{"fr":"B"},"rules":[{"purpose":"ordinary"}]}`, 422, []string{`"count"`, `"majority"`}},
			{"POST", "/api/v1/organs", `{"key":"bureau","name":{"fr":"B"},"colour":1}`, 400, nil},
			{"POST", "/api/v1/organs", `{"key":"bureau","name":{"fr":"B"},"period":{"from":"soon"}}`, 422, []string{`"period.from"`, "soon"}},
			{"POST", "/api/v1/organs", `{"key":"bureau","name":{"fr":"B"},"rules":[{"period":{"to":"2026-02-30"}}]}`, 422, []string{`"rules.0.period.to"`}},
			{"POST", "/api/v1/organs", `{"key":"bureau","name":{"fr":"B"},"period":7}`, 400, nil},
			{"POST", "/api/v1/organs", `{"key":"bureau","name":{"fr":"B"}}`, 201, []string{`"rules":[]`, `"version":1`}},
			{"POST", "/api/v1/organs/council/rules", `{"version":1,"rule":{"purpose":"ordinary","count":"per_head","basis":"cast","majority":{"num":3,"den":2}}}`, 422, []string{"party.rule.fraction"}},
			{"POST", "/api/v1/organs/council/rules", documents["POST /api/v1/organs/council/rules"], 201, []string{`"version":2`}},
			{"POST", "/api/v1/organs/council/rules", documents["POST /api/v1/organs/council/rules"], 409, []string{"stale"}},
			{"POST", "/api/v1/organs/ghost/rules", documents["POST /api/v1/organs/council/rules"], 404, nil},
			{"POST", "/api/v1/organs/council/end", `{"version":2}`, 422, []string{`"valid_to"`}},
			{"POST", "/api/v1/organs/council/end", `{"version":2,"valid_to":"2030-11-30"}`, 200, []string{"2030-11-30"}},
			{"POST", "/api/v1/bodies/organ-conseil/mandates", `{"role":"Conseillère"}`, 422, []string{`"holder"`}},
			{"POST", "/api/v1/bodies/organ-conseil/mandates", documents["POST /api/v1/bodies/organ-conseil/mandates"], 201, []string{"organ-conseil-m3"}},
			{"PUT", "/api/v1/mandates/M-1", `{"version":9,"role":"P","holder":"Q"}`, 409, []string{"stale"}},
			{"PUT", "/api/v1/mandates/M-1", documents["PUT /api/v1/mandates/M-1"], 200, []string{"Présidente", `"version":2`}},
			{"PUT", "/api/v1/mandates/M-1", `{"version":2,"role":"P","holder":"Q","period":{"from":"1/2/2026"}}`, 422, []string{`"period.from"`, "param.date"}},
			{"POST", "/api/v1/mandates/M-1/end", `{"version":2,"valid_to":"2026-02-30"}`, 422, []string{`"valid_to"`}},
			{"POST", "/api/v1/mandates/M-1/end", `{"version":2}`, 422, []string{"required"}},
			{"POST", "/api/v1/mandates/M-1/end", `{"version":2,"valid_to":"2026-11-30"}`, 200, []string{"2026-11-30"}},
			{"POST", "/api/v1/mandates/ghost/end", `{"version":2,"valid_to":"2026-11-30"}`, 404, nil},
		} {
			code, body := h.Call(c.method, c.path, c.document)
			expect(t, c.method+" "+c.path+" "+c.document, code, c.want, body, c.words...)
		}
		if got := history(t, s, object.Ref{Kind: "organ", Key: "council"}); !slices.Equal(got, []string{"organ.end", "organ.rule"}) {
			t.Errorf("history of the council %v", got)
		}
		if code, body := h.Get("/api/v1/organs", false); code != http.StatusOK || strings.Contains(body, `"rules":null`) {
			t.Errorf("%d %s", code, body)
		}
	})
}
