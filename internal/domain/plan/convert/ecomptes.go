package convert

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/sheet"
)

// ecomptesVersion is the version of the exchange between a PST and the accounting
// program eComptes that is read and written.
const ecomptesVersion = "201805V1"

// fromECompte is the origin of lines that came with such a file.
const fromECompte = "ecomptes"

// ecLevel is one storey of the exchange.
type ecLevel struct{ list, item, prefix string }

var ecLevels = []ecLevel{
	{"Volets", "Volet", "V"}, {"ObjectifStrategiques", "ObjectifStrategique", "OS"}, {"ObjectifsOperationnels", "ObjectifOperationnel", "OO"}, {"Actions", "Action", "A"},
}

// ReadECompte reads an eComptes file of version 201805V1, either direction. Term
// bounds the years of its amounts; those outside are refused, or left out with a
// warning when skip is set.
func ReadECompte(data []byte, skip bool) *Read {
	r := &Read{Merge: mergeECompte}
	root, err := parseXML(data)
	if err != nil {
		e, ok := errors.AsType[*xmlError](err)
		if !ok {
			e = &xmlError{1, 1, "plan.xml.bad", err.Error()}
		}
		r.refuse(e.line, "", e.value, e.code, fault.Args{"line": int64(e.line), "column": int64(e.column), "value": e.value})
		return r
	}
	x := &ecReader{Read: r, skip: skip, ids: map[string]int{}}
	x.head(root)
	if r.Refused() {
		return r
	}
	x.nodes(root.child("PST"), 0, "")
	root.unused(func(e *element) {
		r.note(intake.Warning, e.line, "", e.name, "plan.xml.unknown", fault.Args{"value": e.name})
	})
	return r
}

type ecReader struct {
	*Read
	skip bool
	term calendar.Period
	ids  map[string]int // line by ElementId
}

func (x *ecReader) head(root *element) {
	ids, about := root.child("Identifiants"), root.child("PST", "DescriptionPST")
	if root.name != "dataroot" {
		x.refuse(root.line, "", root.name, "plan.ecompte.root", fault.Args{"value": root.name})
		return
	}
	if v := ids.value("Version"); v != ecomptesVersion {
		x.refuse(ids.line, "Version", v, "plan.ecompte.version", fault.Args{"value": v, "want": ecomptesVersion})
	}
	if v := ids.value("Type"); v != "PST" {
		x.refuse(ids.line, "Type", v, "plan.ecompte.type", fault.Args{"value": v})
	}
	for _, name := range []string{"Id", "TypeAdmin", "Exercice", "Generateur"} {
		ids.value(name)
	}
	x.INS = ids.value("INS")
	x.term.From, x.term.To = x.newYear(about, "ExerciceDebut"), x.newYear(about, "ExerciceFin").EndOfYear()
	x.Document.Plan = outline.Plan{Title: about.value("Libelle"), Element: about.value("IdPST"), Term: x.term, Source: "eComptes " + ids.value("Id")}
}

// newYear is the first day of a year that an element names.
func (x *ecReader) newYear(e *element, name string) calendar.Date {
	text := e.value(name)
	year, err := strconv.Atoi(text)
	d, dateErr := calendar.New(year, 1, 1)
	if err != nil || dateErr != nil {
		x.refuse(e.child(name).line, name, text, "plan.ecompte.year", fault.Args{"value": text})
	}
	return d
}

// nodes reads the elements of a level and, below each, those of the next.
func (x *ecReader) nodes(up *element, level int, parent string) {
	if level == len(ecLevels) {
		return
	}
	for _, e := range up.all(ecLevels[level].list, ecLevels[level].item) {
		x.nodes(e, level+1, x.node(e, level, parent))
	}
}

func (x *ecReader) node(e *element, level int, parent string) string {
	n := &outline.Node{Parent: parent, Element: e.attr("ElementId")}
	label := e.value("Libelle")
	n.Code, n.Title = cutCode(label)
	if outline.PST().Level(n.Code) != level {
		n.Code, n.Title = "", label
	}
	if sub, title := cutCode(n.Title); level == 3 && strings.HasPrefix(n.Code, "A.") && strings.HasPrefix(sub, "SA.") {
		// A sub-action stands flat beside its action: "A.16 - SA.17 - …".
		n.Parent, n.Code, n.Title = n.Code, "SA."+strings.TrimPrefix(n.Code, "A.")+"."+sub[strings.LastIndex(sub, ".")+1:], title
	}
	if line, twice := x.ids[n.Element]; twice {
		x.refuse(e.line, "ElementId", n.Element, "plan.ecompte.twice", fault.Args{"value": n.Element, "line": int64(line)})
	}
	if n.Element == "" {
		x.refuse(e.line, "ElementId", label, "plan.ecompte.id", fault.Args{"value": label})
	}
	x.ids[n.Element] = e.line
	x.facts(n, e, level)
	x.people(n, e)
	for _, a := range e.all("Articles", "Article") {
		x.line(n, a, outline.Line{Article: a.value("CodeArticle"), Label: a.value("Libelle"), Stage: outline.Initial}, a.value("Exercice"), a.value("Montant"))
	}
	for _, p := range e.all("Projections", "Projection") {
		for _, y := range p.all("Exercices", "Exercice") {
			x.line(n, p, outline.Line{Group: p.value("GroupeEco"), Label: p.value("Libelle"), Stage: outline.Estimate}, y.attr("Valeur"), y.value("Montant"))
		}
	}
	return x.add(n, e.line)
}

// ecState is a status of the exchange as a plan has it.
type ecState struct {
	phase  outline.Phase
	health outline.Health
}

var ecStates = map[string]ecState{
	"NON_COMMENCE": {outline.Draft, ""}, "EN_ATTENTE": {outline.Planned, ""}, "EN_COURS": {outline.Running, ""},
	"PROBLEME": {outline.Running, outline.Blocked}, "TERMINE": {outline.Done, ""}, "ANNULE_ABANDONNE": {outline.Abandoned, ""},
}

func (x *ecReader) facts(n *outline.Node, e *element, level int) {
	status, ok := ecStates[e.value("Statut")]
	if !ok {
		x.refuse(e.child("Statut").line, "Statut", e.value("Statut"), "plan.ecompte.state", fault.Args{"value": e.value("Statut")})
	}
	scope := outline.ForObjective
	if level == 3 {
		scope = outline.ForAction
	} else if status.phase == outline.Planned {
		status.phase = outline.Draft // an objective is not planned before it runs
	}
	n.State, n.Health = outline.PST().InPhase(scope, status.phase), status.health
	n.Text, n.Remark = x.text(e.child("Description")), x.text(e.child("RemarqueStatut"))
	n.Planned = calendar.Period{From: x.day(e, "DateDebut"), To: x.day(e, "DateFin")}
	if points, ok := x.decimal(e, "TauxAvancement", 2); ok && level == 3 && (points > 0 || status.phase == outline.Running || status.phase == outline.Done) {
		n.Progress = &points
	}
	n.Staff, _ = x.decimal(e, "ETP", 3)
	for _, p := range e.all("Plans", "Plan") {
		n.Plans = append(n.Plans, strings.TrimSpace(p.text))
	}
}

// text reads a description: plain, HTML without its marks, RTF as it stands.
func (x *ecReader) text(e *element) string {
	text := strings.TrimSpace(e.child("Valeur").text)
	switch mode := e.value("Mode"); mode {
	case "HTML":
		return plainText(text)
	case "RTF":
		if text != "" {
			x.note(intake.Info, e.line, "Mode", mode, "plan.ecompte.rtf", nil)
		}
	}
	return text
}

func (x *ecReader) day(e *element, name string) calendar.Date {
	text := e.value(name)
	if text == "" {
		return calendar.Date{}
	}
	d, err := calendar.Parse(text)
	if err != nil {
		x.refuse(e.child(name).line, name, text, "plan.file.date", fault.Args{"value": text})
	}
	return d
}

// decimal reads a number of at most so many decimals as a whole one.
func (x *ecReader) decimal(e *element, name string, decimals int) (int64, bool) {
	text := e.value(name)
	if text == "" {
		return 0, false
	}
	n, ok := scaled(text, decimals)
	if !ok {
		x.refuse(e.child(name).line, name, text, "plan.file.number", fault.Args{"value": text})
	}
	return n, ok
}

// scaled reads "12.5" with two decimals as 1250.
func scaled(text string, decimals int) (int64, bool) {
	d, err := sheet.ParseNumber(text, sheet.DecimalPoint)
	if err != nil {
		return 0, false
	}
	n := d.Unscaled
	for scale := d.Scale; scale != decimals; {
		if scale > decimals {
			if n%10 != 0 {
				return 0, false
			}
			n, scale = n/10, scale-1
			continue
		}
		if n > 1<<58 || n < -1<<58 {
			return 0, false
		}
		n, scale = n*10, scale+1
	}
	return n, true
}

func (x *ecReader) people(n *outline.Node, e *element) {
	for _, who := range []struct {
		name string
		role outline.Role
	}{{"Responsable", outline.Responsible}, {"Mandataire", outline.Political}} {
		if p := e.child(who.name); p.value("Nom") != "" {
			n.Actors = append(n.Actors, outline.Actor{Role: who.role, Name: p.value("Nom"), First: p.value("Prenom"), Mrs: p.value("Civilite") == "MADAME", Phone: p.value("Tel"), Email: p.value("eMail")})
		}
		for _, field := range []string{"Civilite", "Prenom", "Tel", "eMail"} {
			e.child(who.name).value(field)
		}
	}
	if name := e.value("Departement"); name != "" {
		n.Actors = append(n.Actors, outline.Actor{Role: outline.Pilot, Name: name})
	}
	for _, p := range e.all("Partenaires", "Partenaire") {
		if name := strings.TrimSpace(p.text); name != "" {
			n.Actors = append(n.Actors, outline.Actor{Role: outline.Partner, Name: name})
		}
	}
}

// line reads an amount of an article or a projection.
func (x *ecReader) line(n *outline.Node, e *element, l outline.Line, year, amount string) {
	l.Service, l.Type, l.Origin = e.value("Service"), e.value("Type"), fromECompte
	cents, err := sheet.ParseCents(amount, sheet.DecimalPoint)
	if err != nil || cents < 0 {
		x.refuse(e.line, "Montant", amount, "plan.file.amount", fault.Args{"value": amount})
	}
	l.Amount = money.Cents(cents)
	l.Year, err = strconv.Atoi(year)
	if err != nil || l.Year < x.term.From.Year() || l.Year > x.term.To.Year() {
		args := fault.Args{"value": year, "from": int64(x.term.From.Year()), "to": int64(x.term.To.Year())}
		if x.skip {
			x.note(intake.Warning, e.line, "Exercice", year, "plan.ecompte.outside", args)
			return
		}
		x.refuse(e.line, "Exercice", year, "plan.ecompte.outside", args)
	}
	n.Lines = append(n.Lines, l)
}

// mergeECompte brings in what the exchange carries. Lines of earlier files go, so
// that an element that lost its articles has none; lines typed by hand stay. A
// state that means the same in the exchange is kept.
func mergeECompte(into, from *outline.Node) {
	into.Title, into.Text, into.Remark, into.Planned, into.Staff, into.Plans, into.Element = from.Title, from.Text, from.Remark, from.Planned, from.Staff, from.Plans, from.Element
	if from.Progress != nil {
		into.Progress = from.Progress
	}
	if ecStatus(into) != ecStatus(from) {
		into.State, into.Health = from.State, from.Health
	}
	into.Actors = keepActors(into.Actors, from.Actors)
	lines := slices.DeleteFunc(slices.Clone(into.Lines), func(l outline.Line) bool { return l.Origin == fromECompte })
	into.Lines = append(lines, from.Lines...)
}

// keepActors replaces the actors of the roles that a file carries. One who has the
// same role and name as before keeps what the file does not know: her body.
func keepActors(old, read []outline.Actor) (list []outline.Actor) {
	carried := []outline.Role{outline.Responsible, outline.Political, outline.Pilot, outline.Partner}
	for _, a := range read {
		for _, o := range old {
			if o.Role == a.Role && o.Name == a.Name {
				a.Body, a.Period = o.Body, o.Period
			}
		}
		list = append(list, a)
	}
	for _, o := range old {
		if !slices.Contains(carried, o.Role) {
			list = append(list, o)
		}
	}
	return list
}

var (
	markup = regexp.MustCompile(`(?s)<!--.*?-->|<(script|style)\b.*?</(script|style)\s*>|<[^>]*>?`)
	blocks = regexp.MustCompile(`(?i)<(br|/p|/div|/li|/h[1-6])\b[^>]*>`)
	breaks = regexp.MustCompile(`\n{3,}`)
)
