package convert

import (
	"io"
	"slices"
	"strings"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/search"
	"beffroi/internal/platform/sheet"
)

// isTerritories tells the sheet of the workbook by which actions are brought into
// Territoires en Transitions, a tool of the French agency ADEME. Its headings
// stand in the second row, data from the fifth on.
func isTerritories(name string) bool {
	folded := search.Fold(name)
	return folded == "fichier dimport" || folded == "fichier d import"
}

// territoriesHeadings are those of the columns that are read, and those between.
var territoriesHeadings = []string{
	"Axe (x)", "Sous-axe (x.x)", "Sous-sous axe (x.x.x)", "Titre de la fiche action", "Titre de la sous-action", "Descriptif", "Instances de gouvernance", "Objectifs",
	"Indicateurs liés", "Structure pilote", "Moyens humains et techniques", "Partenaires", "Direction ou service pilote", "Personne pilote", "Élu·e référent·e",
	"Participation Citoyenne", "Financements", "Financeur 1", "Montant € HT", "Financeur 2", "Montant € HT", "Financeur 3", "Montant € HT", "Budget prévisionnel total € HT",
	"Statut", "Niveau de priorité", "Date de début", "Date de fin", "Action en amélioration continue",
}

// territoriesStates are the states of that tool. "En retard" is one there; here it
// follows from the dates.
var territoriesStates = map[string]ecState{
	"": {outline.Draft, ""}, "a venir": {outline.Planned, ""}, "a discuter": {outline.Draft, ""}, "en cours": {outline.Running, ""}, "realise": {outline.Done, ""},
	"en retard": {outline.Running, ""}, "en pause": {outline.Suspended, ""}, "bloque": {outline.Running, outline.Blocked}, "abandonne": {outline.Abandoned, ""},
}

// readTerritories reads the workbook. Axes become pillars, objectives and
// operational objectives; where a fiche names fewer than three, the last one is
// repeated, since an action stands below an operational objective.
func readTerritories(r *Read, data []byte, name string) *Read {
	r.Merge = func(into, from *outline.Node) {
		kept := *into
		*into = *from
		into.Plan, into.Code, into.Parent, into.Position, into.Version, into.Element = kept.Plan, kept.Code, kept.Parent, kept.Position, kept.Version, kept.Element
		into.Contributions, into.After, into.Progress, into.Reported, into.Update = kept.Contributions, kept.After, kept.Progress, kept.Reported, kept.Update
	}
	f, err := sheet.OpenBytes(data, sheet.Options{MaxBytes: MaxFile, Sheet: name, HeaderRow: sheet.NoHeader})
	if err != nil {
		r.sheet(err)
		return r
	}
	defer f.Close()
	t := &territories{tableReader: &tableReader{Read: r, sheet: name, titles: map[string]int{}}, axes: map[string]string{}}
	for {
		row, err := f.Next()
		if err == io.EOF {
			return r
		}
		if err != nil && !sheet.IsCode(err, sheet.CodeRagged) {
			r.sheet(err)
			continue
		}
		switch {
		case row.Line == 2:
			t.headings(row.Cells)
		case row.Line >= 5 && t.headed:
			t.row(row.Cells, row.Line)
		}
	}
}

type territories struct {
	*tableReader
	headed bool
	axes   map[string]string // codes by path of titles
}

func (t *territories) headings(cells []string) {
	t.headed = true
	for i, want := range territoriesHeadings {
		got := ""
		if i < len(cells) {
			got = cells[i]
		}
		if search.Fold(got) != search.Fold(want) {
			t.headed = false
			t.refuse(2, letter(i), got, "plan.table.heading", fault.Args{"sheet": t.sheet, "cell": letter(i) + "2", "value": got, "expected": want})
		}
	}
}

func (t *territories) row(cells []string, line int) {
	at := func(i int) *cell {
		c := &cell{t: t.tableReader, line: line, column: i, name: territoriesHeadings[i]}
		if i < len(cells) {
			c.text = strings.TrimSpace(cells[i])
			c.check()
		}
		return c
	}
	parent, title := t.axis(at, line), at(3).text
	if parent == "" || title == "" {
		at(3).refuse("plan.table.untitled")
		return
	}
	t.fiche(at, &outline.Node{Parent: parent, Title: title}, line)
}

// axis gives the operational objective that a row names.
func (t *territories) axis(at func(int) *cell, line int) (parent string) {
	path, title := "", ""
	for level := range 3 {
		if text := at(level).text; text != "" {
			title = text
		}
		if title == "" {
			return ""
		}
		path += "\x00" + title
		code, known := t.axes[path]
		if !known {
			scope := &outline.Node{Parent: parent, Title: title, State: outline.PST().InPhase(outline.ForObjective, outline.Running)}
			code = t.add(scope, line)
			t.axes[path] = code
		}
		parent = code
	}
	return parent
}

// fiche reads an action. What the workbook itself calls "not imported" (title of a
// sub-action, financing in words, linked measures) is not.
func (t *territories) fiche(at func(int) *cell, n *outline.Node, line int) {
	state, ok := territoriesStates[search.Fold(at(24).text)]
	if !ok {
		at(24).refuse("plan.table.state")
	}
	n.State, n.Health = outline.PST().InPhase(outline.ForAction, state.phase), state.health
	var text []string
	for _, i := range []int{5, 7, 6, 10} {
		if s := at(i).text; s != "" {
			text = append(text, s)
		}
	}
	n.Text = strings.Join(text, "\n\n")
	n.Planned.From, n.Planned.To, n.Permanent = at(26).day(), at(27).day(), at(28).yes()
	n.Priority = slices.Contains([]string{"eleve", "tres eleve"}, search.Fold(at(25).text))
	for i, role := range map[int]outline.Role{12: outline.Pilot, 13: outline.Responsible, 14: outline.Political, 11: outline.Partner, 9: outline.Contributor} {
		for name := range strings.SplitSeq(at(i).text, ",") {
			if name = strings.TrimSpace(name); name != "" {
				n.Actors = append(n.Actors, outline.Actor{Role: role, Name: name})
			}
		}
	}
	t.money(at, n, line)
	n.Tidy()
	t.twin(n, line)
	t.add(n, line)
}

// money reads the amounts of a fiche: its whole budget as an expense, what others
// give as revenue. They are of no year there; here they are of the first one.
func (t *territories) money(at func(int) *cell, n *outline.Node, line int) {
	for _, i := range []int{23, 18, 20, 22} {
		amount := money.Cents(at(i).number(2))
		if amount == 0 {
			continue
		}
		if n.Planned.From.IsZero() {
			t.note(intake.Warning, line, territoriesHeadings[i], at(i).text, "plan.table.year", fault.Args{"cell": letter(i)})
			return
		}
		l := outline.Line{Year: n.Planned.From.Year(), Service: "O", Type: "D", Stage: outline.Estimate, Amount: amount, Label: territoriesHeadings[23]}
		if i != 23 {
			l.Type, l.Funder, l.Label = "R", at(i-1).text, "Financement"
			n.Actors = append(n.Actors, outline.Actor{Role: outline.Funder, Name: l.Funder})
		}
		n.Lines = append(n.Lines, l)
	}
}
