package ui

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/a-h/templ"
)

// The pages of the style guide: every component once, in words like those of the
// real pages. The structure tests read them, and TestStyleGuide writes them out.

func examplePage(title, lede string) Page {
	return Page{
		Lang: "fr", Title: title, Lede: lede,
		Site: Site{Name: "Beffroi", Body: "Province de Hainaut"},
		Nav: []NavItem{
			{"Communes", "/communes", true}, {"Plan", "/plan", false}, {"Observatoire", "/observatoire", false},
			{"Services", "/services", false}, {"Participer", "/participer", false},
		},
		Languages: []Link{{Label: "FR", Href: "/fr", Lang: "fr", Current: true}, {Label: "NL", Href: "/nl", Lang: "nl"}, {Label: "EN", Href: "/en", Lang: "en"}},
		Crumbs:    []Link{{Label: "Accueil", Href: "/"}, {Label: "Communes", Href: "/communes"}, {Label: title}},
		Search:    Search{Action: "/recherche", Label: "Rechercher", Placeholder: "Commune, service, projet…", Suggest: "/api/v1/search"},
		Texts: Texts{
			Skip: "Aller au contenu", MainNav: "Principal", Breadcrumb: "Fil d’Ariane", Languages: "Langue", Footer: "Pied de page",
			Shortcuts: "Raccourcis clavier", ShortcutsOn: "Activer les raccourcis", Close: "Fermer",
		},
		FooterText:  "Accessibilité : conforme, 0 défaut connu.",
		FooterLinks: []Link{{Label: "Accessibilité", Href: "/accessibilite"}, {Label: "Protection des données", Href: "/donnees"}, {Label: "Données ouvertes", Href: "/open"}, {Label: "Code source", Href: "/source"}},
	}
}

// communeGuide is the drawing of shared/LOOK.md, made of components.
func communeGuide() templ.Component {
	p := examplePage("Mons", "Ce que la Province fait à Mons, avec qui, pour combien, et ce que cela change.")
	p.Chips = []Link{{Label: "Arrondissement de Mons"}, {Label: "Cœur du Hainaut", Href: "/coeur"}, {Label: "Zone de secours Hainaut-Centre"}, {Label: "NIS 53053"}, {Label: "Néerlandais : Bergen"}}
	p.Aside = templ.Raw(exampleMap())
	return inside(Layout(p),
		AsOfBar(AsOf{Label: "Situation au", Day: "23 novembre 2026", ISO: "2026-11-23", Print: "imprimer (2 pages)", Note: "données d’exemple",
			Links: []Link{{Label: "choisir une autre date", Href: "?date"}, {Label: "CSV", Href: "?csv"}, {Label: "JSON", Href: "?json"}}}),
		KPIRow([]KPI{
			{"9,5 M€", "consacrés à la commune en 2025", Link{Label: "D’où vient ce chiffre ?", Href: "/e/1"}},
			{"99,65 €", "par habitant · province 91,20 €", Link{Label: "D’où vient ce chiffre ?", Href: "/e/2"}},
			{"38", "actions du plan, dont 5 en retard", Link{Label: "Voir les actions", Href: "/e/3"}},
			{"14", "services ouverts aux Montois", Link{Label: "Trouver un service", Href: "/e/4"}},
		}),
		inside(Section("moyens", "Les moyens, au centime près", "La somme des 69 communes et de la part non répartie égale le total de la Province, chaque année et par nature."),
			inside(Two(), group(Figure(Picture{ID: "fig-moyens", Title: "Les moyens ont presque doublé en cinq ans", Sub: "Millions d’euros par an et par nature", SVG: templ.Raw(exampleBars()),
				Table: exampleTable("Moyens par an"), TableLabel: "Voir le tableau", Source: "Comptes de la Province, 2020 à 2025"})),
				group(exampleTable("Moyens par nature").HideCaption(), templ.Raw(`<p class="source">Communes de taille semblable : 94,10 € par habitant. <a href="/c">Comparer</a></p>`)))),
		inside(Section("projets", "Projets et travaux", "12 en cours · 3 terminés cette année"), Rows([]Item{
			{"Réseau cyclable points-nœuds du Cœur du Hainaut", "/p/1", "Hainaut Tourisme, avec 23 autres communes", OnTime, "en cours · 72 %", "148 300,00 €"},
			{"Zone d’immersion temporaire de la Trouille", "/p/2", "Hainaut Ingénierie Technique, cours d’eau de 2e catégorie", Late, "en retard · 41 %", "612 750,00 €"},
			{"Ancien dépôt de livres", "", "Hainaut Culture", Stopped, "arrêté", "37 412,18 €"},
		})),
		inside(Section("chiffres", "La commune en chiffres", "Trait plein : Mons. Pointillé : moyenne de la Province."), FigureCards([]FigureCard{
			{"Habitants", "95 613", "+0,3 %", templ.Raw(exampleSpark), "2020 · Statbel", "/f/1"},
			{"Densité", "652 hab./km²", "Province 353", templ.Raw(exampleSpark), "2020 · Statbel", ""},
			{"Revenu médian équivalent", "21 940 €", "Province 22 310 €", templ.Raw(exampleSpark), "2022 · Statbel", ""},
			{"65 ans et plus pour 100 jeunes", "78", "Province 83", templ.Raw(exampleSpark), "2021 · exemple", ""},
		})),
		inside(Section("change", "Ce qui a changé", ""), Timeline(exampleHistory())),
	)
}

// formGuide is a public form that came back with errors, and its states.
func formGuide() templ.Component {
	p := examplePage("Demander une salle", "Une demande prend cinq minutes. Vous recevez la réponse sous dix jours.")
	choices := []Option{{Value: "m", Label: "Le matin", Hint: "de 8 h à 12 h"}, {Value: "a", Label: "L’après-midi", Hint: "de 13 h à 17 h"}}
	return inside(Layout(p),
		Stepper("Étapes", []Step{{"Qui", "/1", StepDone, "terminé"}, {"Quand", "", StepCurrent, "en cours"}, {"Vérifier", "", StepTodo, "à venir"}}),
		ErrorSummary("Deux réponses sont à corriger", []FieldError{{"email", "Écrivez une adresse avec un @"}, {"when", "Choisissez un moment"}}),
		inside(Form("/salle"),
			Input(Field{Name: "name", Label: "Nom et prénom", Value: "Élise Dubois", Autocomplete: "name", Required: true}),
			Input(Field{Name: "email", Label: "Adresse électronique", Hint: "Pour vous répondre, rien d’autre.", Value: "elise.dubois", Error: "Écrivez une adresse avec un @", Type: "email", Autocomplete: "email"}),
			DateField(Field{Name: "day", Label: "Jour", Hint: "Par exemple 23/11/2026.", Value: "2026-11-23"}),
			Radios(Field{Name: "when", Label: "À quel moment ?", Error: "Choisissez un moment", Required: true}, choices),
			Checkboxes(Field{Name: "gear", Label: "Matériel", Optional: "(facultatif)"}, []Option{{Value: "p", Label: "Projecteur"}, {Value: "s", Label: "Sonorisation"}}, []string{"p"}),
			Select(Field{Name: "place", Label: "Lieu", Value: "2", Width: "m"}, []Option{{Value: "1", Label: "Mons", Group: "Centre"}, {Value: "2", Label: "La Louvière", Group: "Centre"}, {Value: "3", Label: "Tournai"}}),
			Input(Field{Name: "people", Label: "Nombre de personnes", InputMode: "numeric", Width: "xs", Numeric: true, Value: "40"}),
			Textarea(Field{Name: "why", Label: "But de la réunion", Optional: "(facultatif)", Value: "Assemblée <annuelle>"}, 3),
			File(Field{Name: "doc", Label: "Document", Hint: "PDF, 5 Mo au plus."}, ".pdf"),
			Checkbox(Field{Name: "ok", Label: "J’ai lu le règlement de la salle"}, true),
			Hidden("step", "2"),
			inside(Actions(), Button(Primary, "Continuer"), ButtonLink(Secondary, "Revenir", "/1"), NamedButton(Quiet, "Enregistrer le brouillon", "do", "draft"), NamedButton(Danger, "Retirer la demande", "do", "drop")),
		),
		EmptyState("Aucune demande pour l’instant", "Vos demandes et leurs réponses apparaîtront ici.", Link{Label: "Faire une demande", Href: "/new"}),
		Progress("load", "Import du fichier", 340, 1200, "340 lignes sur 1 200"),
		Progress("wait", "Calcul des clés", 0, 0, "en cours"),
	)
}

// staffGuide is a work list with filters, history and shortcuts.
func staffGuide() templ.Component {
	p := examplePage("Actions du plan", "")
	p.Compact, p.Banner = true, "Données de démonstration : rien ici n’est réel."
	p.User = &UserMenu{Name: "Élise Dubois", Links: []Link{{Label: "Mon compte", Href: "/me"}}, LogoutHref: "/logout", LogoutLabel: "Se déconnecter"}
	p.Flash = &Notice{Kind: NoticeSuccess, Text: "Action enregistrée.", Link: Link{Label: "Annuler", Href: "/undo"}}
	p.Shortcuts = []Shortcut{{"j", "page suivante"}, {"k", "page précédente"}, {"/", "chercher"}, {"?", "cette aide"}}
	table := NewTable("Actions", Column{Label: "Action", Sort: Sort{Href: "?s=a", Dir: "ascending"}}, Column{Label: "Commune"}, Column{Label: "État"}, Column{Label: "Échéance", Sort: Sort{Href: "?s=d"}}, Column{Label: "Budget", Unit: "€", Numeric: true})
	for i := range 6 {
		table.Row(LinkTo(fmt.Sprintf("Action %d du réseau cyclable", i+1), fmt.Sprintf("/a/%d", i+1)), Text("Mons"), Body(Tag([]State{OnTime, Late, Stopped, Info, Neutral, OnTime}[i], []string{"en cours", "en retard", "arrêtée", "nouvelle", "brouillon", "terminée"}[i])), Text("31/12/2026"), Text("148 300,00"))
	}
	return inside(Layout(p),
		Tabs("Vues", []Tab{{"À faire", "/t/1", "12", true}, {"En retard", "/t/2", "5", false}, {"Toutes", "/t/3", "1 203", false}}),
		inside(FilterForm("/actions", "Filtrer", "Filtrer", Link{Label: "Tout effacer", Href: "/actions"}),
			Input(Field{Name: "f-text", Label: "Contient"}), Select(Field{Name: "f-state", Label: "État"}, []Option{{Value: "", Label: "Tous"}, {Value: "late", Label: "En retard"}})),
		inside(WithSide("Historique", Timeline(exampleHistory())),
			table,
			Pager(PageLinks{Label: "Pages", First: Link{Label: "Début", Href: "?"}, Previous: Link{Label: "Précédente", Href: "?b"}, Next: Link{Label: "Suivante", Href: "?a"}, Count: "51 à 100 sur 1 203"}),
			DefinitionList([]Fact{{Term: "Responsable", Value: "Hainaut Tourisme", Href: "/b/1"}, {Term: "Début", Value: "3 mars 2026"}, {Term: "État", Body: Tag(Late, "en retard")}}),
			inside(Details("Comment ce chiffre est calculé", true), templ.Raw("<p>Somme des engagements de l’année.</p>")),
			group(ExplainLink("/e", "D’où vient ce chiffre ?", "budget"), CopyButton("Copier la référence", "Copié", "A-7K2M")),
		),
		Alert(Notice{Kind: NoticeInfo, Title: "Une nouvelle version du plan existe", Text: "Elle a été adoptée le 3 mars."}),
		Alert(Notice{Kind: NoticeWarning, Text: "Deux lignes n’ont pas de montant."}),
		Alert(Notice{Kind: NoticeError, Text: "Le fichier n’a pas été lu."}),
		NewTable("Vide", Column{Label: "Nom"}, Column{Label: "Date"}).Empty("Rien encore."),
	)
}

func errorGuide() templ.Component {
	p := examplePage("Page introuvable", "")
	p.Bare, p.Crumbs = true, nil
	return inside(Layout(p), ErrorPage(Problem{Title: "Cette page n’existe pas", What: "L’adresse est fausse, ou la page a changé de place.", Safe: "Rien n’a été perdu.", Next: "Cherchez dans la boîte en haut, ou revenez à l’accueil.", Link: Link{Label: "Revenir à l’accueil", Href: "/"}, Reference: "Référence : 7K2M"}))
}

func guides() map[string]templ.Component {
	return map[string]templ.Component{"commune": communeGuide(), "form": formGuide(), "staff": staffGuide(), "error": errorGuide()}
}

func exampleHistory() []Entry {
	return []Entry{{"3 mars 2026, 14 h 05", "2026-03-03T14:05", "Budget porté à 148 300,00 €", "Élise Dubois", "/h/1"}, {"1er février 2026", "2026-02-01", "Action créée", "", ""}}
}

func exampleTable(caption string) *DataTable {
	t := NewTable(caption, Column{Label: "Nature, 2025"}, Column{Label: "Montant", Unit: "€", Numeric: true})
	for i, r := range [][2]string{{"Secours et incendie", "6 306 656,89"}, {"Projets supracommunaux", "1 206 121,04"}, {"Cours d’eau", "806 636,05"}, {"Culture et lecture", "705 046,22"}, {"Formation", "503 705,43"}} {
		t.Row(Keyed(i+1, r[0]), LinkTo(r[1], fmt.Sprintf("/m/%d", i)))
	}
	return t.Total(Text("Total"), Text("9 528 165,63"))
}

const exampleSpark = `<svg viewBox="0 0 118 34" class="chart spark" aria-hidden="true"><path class="ref" d="M2 30 L18 27 L33 25 L49 23 L65 21 L81 19 L96 18 L112 16"></path><path class="line" d="M2 25 L18 21 L33 16 L49 15 L65 11 L81 7 L96 5 L112 4"></path><circle class="dot" cx="112" cy="4" r="2.6"></circle></svg>`

func exampleMap() string {
	var b strings.Builder
	b.WriteString(`<svg viewBox="0 0 299 208" class="chart hexmap" role="img" aria-label="Mons parmi les communes du Hainaut">`)
	for i := range 69 {
		col, row := i%13, i/13
		x, y := 12+float64(col)*21+float64(row%2)*10.5, 20+float64(row)*18.2
		class := []string{"other", "other", "same"}[i%3]
		if i == 33 {
			class = "sel"
		}
		b.WriteString(`<path class="` + class + `" d="`)
		for k := range 6 {
			a := math.Pi / 3 * (float64(k) + 0.5)
			fmt.Fprintf(&b, "%c%.1f %.1f", "MLLLLL"[k], x+10.5*math.Cos(a), y+10.5*math.Sin(a))
		}
		b.WriteString(`Z"></path>`)
	}
	return b.String() + `</svg>`
}

func exampleBars() string {
	var b strings.Builder
	b.WriteString(`<svg viewBox="0 0 560 215" class="chart bars" role="img" aria-label="Moyens par an">`)
	for i := range 5 {
		fmt.Fprintf(&b, `<path class="grid" d="M38 %.1fH556"></path><text x="32" y="%.1f" text-anchor="end">%s</text>`, 190-42.5*float64(i), 194-42.5*float64(i), []string{"0", "2,5", "5", "7,5", "10"}[i])
	}
	for i := range 6 {
		y, x := 190.0, 58+85*i
		b.WriteString("<g>")
		for k, h := range []float64{52 + 11*float64(i), 16, 10, 9, 5} {
			y -= h
			fmt.Fprintf(&b, `<path class="k%d" d="M%d %.1fh46v%.1fh-46z"></path>`, k+1, x, y, h)
		}
		fmt.Fprintf(&b, `</g><text class="val" x="%d" y="%.1f" text-anchor="middle">%d,1 M€</text><text x="%d" y="208" text-anchor="middle">%d</text>`, x+23, y-6, 5+i, x+23, 2020+i)
	}
	return b.String() + `</svg>`
}

// inside renders children in a component, as templ's call with a block does.
func inside(parent templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return parent.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

// group keeps components together in one cell of a layout.
func group(children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, "<div>"); err != nil {
			return err
		}
		if err := templ.Join(children...).Render(ctx, w); err != nil {
			return err
		}
		_, err := io.WriteString(w, "</div>")
		return err
	})
}
