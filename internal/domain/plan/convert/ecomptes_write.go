package convert

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/fault"
)

// Sender is who an eComptes file speaks for. Admin is AC (commune) or CPAS: the
// exchange knows no province.
type Sender struct {
	Admin, INS string
	Year       int // of the budget
}

// The exchange, in the order that its schema demands.
type (
	ecFile struct {
		XMLName xml.Name `xml:"dataroot"`
		Who     ecWho    `xml:"Identifiants"`
		PST     ecPST    `xml:"PST"`
	}
	ecWho struct {
		ID        string `xml:"Id"`
		TypeAdmin string
		INS       string
		Type      string
		Exercice  int
		Version   string
		Generator string `xml:"Generateur"`
	}
	ecPST struct {
		About   ecAbout  `xml:"DescriptionPST"`
		Pillars []ecNode `xml:"Volets>Volet"`
	}
	ecAbout struct {
		IdPST         string
		Libelle       string
		ExerciceDebut int
		ExerciceFin   int
	}
	ecNode struct {
		ID         string  `xml:"ElementId,attr"`
		Year       int     `xml:"Exercice,attr"`
		Label      string  `xml:"Libelle"`
		From       string  `xml:"DateDebut,omitempty"`
		To         string  `xml:"DateFin,omitempty"`
		Text       ecText  `xml:"Description"`
		Status     string  `xml:"Statut"`
		Who        *ecName `xml:"Responsable"`
		Political  *ecName `xml:"Mandataire"`
		Service    string  `xml:"Departement,omitempty"`
		Progress   string  `xml:"TauxAvancement"`
		Remark     ecText  `xml:"RemarqueStatut"`
		Staff      string  `xml:"ETP"`
		Plans      ecList  `xml:"Plans"`
		Partners   ecList  `xml:"Partenaires"`
		Articles   ecList  `xml:"Articles"`
		Forecasts  ecList  `xml:"Projections"`
		Strategic  *ecList `xml:"ObjectifStrategiques"`
		Objectives *ecList `xml:"ObjectifsOperationnels"`
		Actions    *ecList `xml:"Actions"`
	}
	ecText struct{ Mode, Valeur string }
	ecName struct {
		Civilite, Nom, Prenom, Tel string
		Mail                       string `xml:"eMail"`
	}
	ecList struct {
		Plans      []string     `xml:"Plan"`
		Partners   []string     `xml:"Partenaire"`
		Articles   []ecArticle  `xml:"Article"`
		Forecasts  []ecForecast `xml:"Projection"`
		Strategic  []ecNode     `xml:"ObjectifStrategique"`
		Objectives []ecNode     `xml:"ObjectifOperationnel"`
		Actions    []ecNode     `xml:"Action"`
	}
	ecArticle struct {
		Exercice                            int
		Service, Type, CodeArticle, Libelle string
		Montant                             string
	}
	ecForecast struct {
		Service, Type, GroupeEco, Libelle string
		Years                             []ecYear `xml:"Exercices>Exercice"`
	}
	ecYear struct {
		Year    int `xml:"Valeur,attr"`
		Montant string
	}
)

// WriteECompte writes a plan as an eComptes file, of the nodes to keep. Initial
// amounts with an article are articles, estimates with an economic group are
// projections; other lines have no place there. A plan whose levels the exchange
// does not have is refused.
func WriteECompte(w io.Writer, f *outline.Figures, keep []bool, s Sender) error {
	t := f.Tree
	x := &ecWriter{figures: f, keep: keep, year: s.Year}
	for i, l := range t.Plan.Frame.Levels {
		if i >= len(ecLevels)+1 || i < len(ecLevels) && l.Prefix != ecLevels[i].prefix {
			return fault.New(fault.Invalid, "plan.ecompte.levels", fault.Args{"level": l.Prefix})
		}
	}
	file := ecFile{Who: ecWho{"beffroi-" + t.Plan.Key, s.Admin, s.INS, "PST", s.Year, ecomptesVersion, "Beffroi"}}
	file.PST.About = ecAbout{crop(elementOf(t.Plan.Element, t.Plan.Key), 40), crop(t.Plan.Title, 255), t.Plan.Term.From.Year(), t.Plan.Term.To.Year()}
	for i := range t.Nodes {
		if t.Depth(i) == 0 && keep[i] {
			file.PST.Pillars = append(file.PST.Pillars, x.node(i))
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(file); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func elementOf(id, otherwise string) string {
	if id != "" {
		return id
	}
	return otherwise
}

type ecWriter struct {
	figures *outline.Figures
	keep    []bool
	year    int
}

func (x *ecWriter) node(i int) ecNode {
	t := x.figures.Tree
	n := t.Nodes[i]
	e := ecNode{ID: elementOf(n.Element, n.Code), Year: x.year, Label: crop(label(n), 252), From: n.Planned.From.String(), To: n.Planned.To.String(),
		Text: ecText{"TEXTE", n.Text}, Status: status(t, n), Progress: x.progress(i), Remark: ecText{"TEXTE", n.Remark}, Staff: decimals(n.Staff, 3)}
	e.Plans.Plans = n.Plans
	e.Articles.Articles, e.Forecasts.Forecasts = articles(n), forecasts(n)
	for _, a := range n.Actors {
		x.actor(&e, a)
	}
	below := &ecList{}
	switch t.Depth(i) {
	case 0:
		e.Strategic = below
	case 1:
		e.Objectives = below
	case 2:
		e.Actions = below
	}
	for _, c := range t.Children(i) {
		if x.keep[c] {
			x.below(below, c, t.Depth(c))
		}
	}
	return e
}

// below adds a node to the list of its level; sub-actions follow their action.
func (x *ecWriter) below(list *ecList, i, depth int) {
	switch depth {
	case 1:
		list.Strategic = append(list.Strategic, x.node(i))
	case 2:
		list.Objectives = append(list.Objectives, x.node(i))
	case 3:
		list.Actions = append(list.Actions, x.node(i))
		for _, c := range x.figures.Tree.Children(i) {
			if x.keep[c] {
				list.Actions = append(list.Actions, x.node(c))
			}
		}
	}
}

func (x *ecWriter) actor(e *ecNode, a outline.Actor) {
	if !a.Period.Contains(x.figures.Day) {
		return
	}
	name := &ecName{"MONSIEUR", crop(a.Name, 100), crop(a.First, 50), crop(a.Phone, 15), crop(a.Email, 255)}
	if a.Mrs {
		name.Civilite = "MADAME"
	}
	switch {
	case a.Role == outline.Responsible && e.Who == nil:
		e.Who = name
	case a.Role == outline.Political && e.Political == nil:
		e.Political = name
	case a.Role == outline.Pilot && e.Service == "":
		e.Service = a.Name
	case a.Role == outline.Partner:
		e.Partners.Partners = append(e.Partners.Partners, a.Name)
	}
}

func articles(n *outline.Node) (list []ecArticle) {
	for _, l := range n.Lines {
		if l.Article != "" && l.Stage == outline.Initial {
			list = append(list, ecArticle{l.Year, l.Service, l.Type, crop(l.Article, 50), crop(l.Label, 255), l.Amount.String()})
		}
	}
	return list
}

// forecasts are the estimates of a node, the years of one group together.
func forecasts(n *outline.Node) (list []ecForecast) {
	for _, l := range n.Lines {
		if l.Group == "" || l.Stage != outline.Estimate {
			continue
		}
		at := slices.IndexFunc(list, func(f ecForecast) bool {
			return f.Service == l.Service && f.Type == l.Type && f.GroupeEco == l.Group && f.Libelle == l.Label
		})
		if at < 0 {
			at = len(list)
			list = append(list, ecForecast{Service: l.Service, Type: l.Type, GroupeEco: l.Group, Libelle: l.Label})
		}
		list[at].Years = append(list[at].Years, ecYear{l.Year, l.Amount.String()})
	}
	return list
}

// progress is that of the leaves below, in percent; 0 when it is not known.
func (x *ecWriter) progress(i int) string {
	points, known := x.figures.Of[i].Progress.Points(x.figures.Tree.Plan.Threshold)
	if !known {
		return "0"
	}
	return decimals(points, 2)
}

// status is the state of a node as the exchange names it.
func status(t *outline.Tree, n *outline.Node) string { return ecPhase(t.Phase(n), n.Health) }

func ecPhase(phase outline.Phase, health outline.Health) string {
	switch {
	case phase == outline.Suspended, phase == outline.Running && health == outline.Blocked:
		return "PROBLEME"
	case phase == outline.Planned:
		return "EN_ATTENTE"
	case phase == outline.Running:
		return "EN_COURS"
	case phase == outline.Done:
		return "TERMINE"
	case phase == outline.Abandoned:
		return "ANNULE_ABANDONNE"
	}
	return "NON_COMMENCE"
}

// ecStatus is the status of a node in the usual frame.
func ecStatus(n *outline.Node) string {
	for _, scope := range []outline.Scope{outline.ForAction, outline.ForObjective} {
		if s, ok := outline.PST().State(scope, n.State); ok {
			return ecPhase(s.Phase, n.Health)
		}
	}
	return ""
}

// label is code and title; that of a sub-action names its action before.
func label(n *outline.Node) string {
	if number, ok := strings.CutPrefix(n.Code, "SA."); ok {
		if action, sub, nested := strings.Cut(number, "."); nested {
			return "A." + action + " - SA." + sub + " - " + n.Title
		}
	}
	return n.Code + " - " + n.Title
}

// crop cuts a text to a number of characters.
func crop(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// decimals writes a whole number of thousandths or hundredths, without trailing
// zeros.
func decimals(n int64, scale int) string {
	s := fmt.Sprintf("%0*d", scale+1, n)
	s = s[:len(s)-scale] + "." + s[len(s)-scale:]
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}
