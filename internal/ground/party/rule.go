package party

import (
	"slices"
	"strconv"
	"strings"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/fault"
)

// parseBoard makes a board without rules of the fields of a form: key, name_fr,
// name_nl, name_en, body, valid_from, valid_to, planned, source.
func parseBoard(v *register.Values) Board {
	return Board{Rules: []VotingRule{}, Key: v.Key("key"), Name: v.Texts("name", 300, true), Body: v.Text("body", 80), Period: v.Period("valid_from", "valid_to"),
		Planned: v.Raw("planned") != "", Source: v.Text("source", 200)}
}

// field gives a board by the names of its form's fields, as parseBoard reads them.
func (b Board) field(name string) string {
	return map[string]string{"key": b.Key, "name_fr": b.Name.FR, "name_nl": b.Name.NL, "name_en": b.Name.EN, "body": b.Body,
		"valid_from": b.Period.From.String(), "valid_to": b.Period.To.String(), "planned": ticked(b.Planned), "source": b.Source}[name]
}

// parseRule makes a rule of the fields of a form, which Check then judges.
// Fields: purpose, count, weights (lines "key;percent"), dataset, majority and
// quorum (fractions "1/2"), majority_strict, quorum_strict, basis, double_count
// ("" for one majority only), double_majority, double_strict, valid_from,
// valid_to, planned, note.
func parseRule(v *register.Values) VotingRule {
	r := VotingRule{Purpose: v.Key("purpose"), Count: register.Enum(v, "count", Counts()), Basis: register.Enum(v, "basis", Bases()),
		Dataset: v.Text("dataset", 80), Majority: parseThreshold(v, "majority"), Quorum: parseThreshold(v, "quorum"),
		Period: v.Period("valid_from", "valid_to"), Planned: v.Raw("planned") != "", Note: v.Text("note", 1000), Weights: parseWeights(v)}
	if count := register.Enum(v, "double_count", append(Counts(), "")); count != "" {
		r.Double = &Double{Count: count, Majority: parseThreshold(v, "double_majority")}
	}
	return r
}

// parseThreshold reads a fraction "2/3", strict when name_strict is ticked;
// nothing asks for nothing.
// i18n: fault.party.*
func parseThreshold(v *register.Values, name string) Threshold {
	text := strings.TrimSpace(v.Raw(name))
	if text == "" {
		return Threshold{}
	}
	above, below, _ := strings.Cut(text, "/")
	num, errNum := strconv.ParseInt(strings.TrimSpace(above), 10, 32)
	den, errDen := strconv.ParseInt(strings.TrimSpace(below), 10, 32)
	if errNum != nil || errDen != nil || den == 0 {
		v.Refuse(name, "party.rule.form", nil)
		return Threshold{}
	}
	return Threshold{Num: num, Den: den, Strict: v.Raw(strictOf(name)) != ""}
}

// strictOf is the field that makes a threshold strict.
func strictOf(name string) string {
	if name == "double_majority" {
		return "double_strict"
	}
	return name + "_strict"
}

// parseWeights reads one line per party, "Liège;45,5": percents with at most
// two decimals are whole basis points.
func parseWeights(v *register.Values) []Weight {
	var list []Weight
	for line := range strings.Lines(v.Raw("weights")) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		at := strings.LastIndexByte(line, ';')
		percent := register.NewValues(0, func(string) string { return strings.TrimSpace(line[at+1:]) })
		w := Weight{Points: percent.Hundredths("weights")}
		if at < 0 || percent.Err() != nil {
			v.Refuse("weights", "party.rule.line", fault.Args{"line": line})
			return nil
		}
		w.Party = strings.TrimSpace(line[:at])
		list = append(list, w)
	}
	return list
}

// field gives a rule by the names of its form's fields, as parseRule reads them.
func (r VotingRule) field(name string) string {
	double := Double{}
	if r.Double != nil {
		double = *r.Double
	}
	return map[string]string{"purpose": r.Purpose, "count": string(r.Count), "basis": string(r.Basis), "dataset": r.Dataset, "note": r.Note,
		"weights": writeWeights(r.Weights), "majority": r.Majority.fraction(), "majority_strict": ticked(r.Majority.Strict),
		"quorum": r.Quorum.fraction(), "quorum_strict": ticked(r.Quorum.Strict), "double_count": string(double.Count),
		"double_majority": double.Majority.fraction(), "double_strict": ticked(double.Majority.Strict),
		"valid_from": r.Period.From.String(), "valid_to": r.Period.To.String(), "planned": ticked(r.Planned)}[name]
}

// ticked is the value of a box that is ticked or not.
func ticked(yes bool) string {
	if yes {
		return "1"
	}
	return ""
}

// fraction writes a threshold as a form holds it: "2/3", "" when nothing is asked.
func (t Threshold) fraction() string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.Num, 10) + "/" + strconv.FormatInt(t.Den, 10)
}

func writeWeights(list []Weight) string {
	var lines []string
	for _, w := range list {
		percent := strconv.FormatInt(w.Points/100, 10)
		if rest := w.Points % 100; rest != 0 {
			percent += "," + strconv.FormatInt(rest/10, 10) + strconv.FormatInt(rest%10, 10)
		}
		lines = append(lines, w.Party+";"+percent)
	}
	return strings.Join(lines, "\n")
}

// Check refuses a rule that could not be counted by.
func (r VotingRule) Check() error {
	var f fault.Fields
	v := register.NewValues(0, r.field)
	v.Key("purpose")
	v.Text("dataset", 80)
	v.Text("note", 1000)
	register.Enum(v, "count", Counts())
	register.Enum(v, "basis", Bases())
	if err := f.Merge(v.Err()); err != nil {
		return err
	}
	if r.Majority.IsZero() || !r.Majority.Valid() || r.Majority.Num == 0 && !r.Majority.Strict {
		f.Add("majority", r.Majority.fraction(), "party.rule.fraction", nil)
	}
	if !r.Quorum.Valid() {
		f.Add("quorum", r.Quorum.fraction(), "party.rule.fraction", nil)
	}
	if r.uses(Population) && r.Dataset == "" {
		f.Add("dataset", "", "required", nil)
	}
	if !r.Period.Valid() {
		f.Add("valid_to", r.Period.To.String(), "register.period", fault.Args{"value": r.Period.To.String(), "from": r.Period.From})
	}
	r.checkDouble(&f)
	r.checkWeights(&f)
	return f.Err()
}

// uses tells whether one of the majorities is counted in a way.
func (r VotingRule) uses(c Count) bool {
	return r.Count == c || r.Double != nil && r.Double.Count == c
}

func (r VotingRule) checkDouble(f *fault.Fields) {
	if r.Double == nil {
		return
	}
	d := *r.Double
	if !slices.Contains(Counts(), d.Count) || d.Count == r.Count {
		f.Add("double_count", string(d.Count), "party.rule.double", nil)
	}
	if d.Majority.IsZero() || !d.Majority.Valid() {
		f.Add("double_majority", d.Majority.fraction(), "party.rule.fraction", nil)
	}
}

func (r VotingRule) checkWeights(f *fault.Fields) {
	if !r.uses(Weights) {
		return
	}
	sum, seen := int64(0), map[string]bool{}
	for _, w := range r.Weights {
		if w.Party == "" || w.Points <= 0 || w.Points > 10000 || seen[w.Party] {
			f.Add("weights", w.Party, "party.rule.weight", fault.Args{"value": w.Party})
			return
		}
		seen[w.Party] = true
		sum += w.Points
	}
	if sum != 10000 {
		f.Add("weights", "", "party.rule.sum", fault.Args{"share": float64(sum) / 10000})
	}
}
