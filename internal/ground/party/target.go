package party

import (
	"fmt"
	"reflect"
	"strconv"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
)

// Targets are the imports of this room.
func (s *Service) Targets() []intake.Target { return []intake.Target{target{s}} }

// target is the import of bodies. Two layouts are known by their header: that of
// bodies.csv of a pack, and the list of the provincial services
// (ref,domain,name_fr,acronym with ref a number), in which the word of the
// domain also says what the body is.

type target struct{ s *Service }

// Key names the target.
func (target) Key() string { return "bodies" }

// Rule says who may import.
func (target) Rule() auth.Rule { return LoadBodies }

// Options: none.
func (target) Options() []intake.Option { return nil }

// Columns of both layouts.
func (target) Columns() []intake.Column {
	text := func(name string, aliases ...string) intake.Column {
		return intake.Column{Name: name, Kind: "text", Aliases: aliases}
	}
	kinds := make([]string, 0, len(Kinds()))
	for _, k := range Kinds() {
		kinds = append(kinds, string(k))
	}
	return []intake.Column{
		{Name: "ref", Kind: "text", Required: true, Aliases: []string{"reference"}},
		{Name: "kind", Kind: "enum", Enum: kinds, Aliases: []string{"type", "soort"}},
		text("domain", "domaine", "domein"),
		{Name: "name_fr", Kind: "text", Required: true, Aliases: []string{"name", "nom", "denomination"}},
		text("name_nl", "naam"), text("acronym", "sigle", "acronyme", "afkorting"), text("parent"),
		{Name: "valid_from", Kind: "date"}, {Name: "valid_to", Kind: "date"}, text("successor", "successeur", "opvolger"),
		{Name: "seat_commune", Kind: "nis", Aliases: []string{"siege", "nis"}},
		text("email", "courriel", "e mail"), text("phone", "telephone", "telefoon"), text("website", "site web"), text("source"),
	}
}

// serviceWords are the values of the column domain in the list of provincial
// services: what kind of body each group holds, and its domain when it has one.
var serviceWords = map[string]struct {
	kind   Kind
	domain Domain
}{
	"culture-tourism":         {ServiceBody, Culture},
	"education":               {ServiceBody, Education},
	"partner-body":            {Partner, ""},
	"regie":                   {Regie, ""},
	"related-asbl":            {Asbl, ""},
	"social":                  {ServiceBody, Social},
	"support":                 {ServiceBody, Support},
	"territorial-development": {ServiceBody, Territory},
	"training":                {ServiceBody, Training},
}

// Apply merges the file into the register.
func (t target) Apply(tx *db.Tx, actor auth.Actor, batch int64, in intake.Input) (out intake.Outcome, err error) {
	tree, err := readTree(tx)
	if err != nil {
		return out, err
	}
	atlas, err := t.s.places.AtlasTx(tx)
	if err != nil {
		return out, err
	}
	read := readFull
	if !in.Has("kind") {
		read = readServices
	}
	lines, err := register.Lines(in, func(b Body) string { return b.Ref }, func(row intake.Row) (register.Line[Body], bool) {
		return read(in, row, tree, atlas), true
	})
	if err != nil {
		return out, err
	}
	after := make([]*Body, len(lines))
	for i := range lines {
		after[i] = &lines[i].Record
	}
	whole := tree.with(after...)
	for i := range lines {
		place(lines[i].Values, whole, after[i])
	}
	records, notes := register.Records(lines)
	out.Notes = notes
	if out.Errors() > 0 {
		return out, nil
	}
	err = book().Merge(tx, actor, batch, have(tree), records, &out)
	out.Facts = map[string]string{"bodies": strconv.Itoa(len(records))}
	return out, err
}

func readFull(in intake.Input, row intake.Row, tree *Tree, atlas *territory.Atlas) register.Line[Body] {
	old := tree.Body(row.Values["ref"])
	v := register.NewValues(row.Line, register.Over(in, row, old.fields(atlas)))
	b := parse(v, atlas)
	if old == nil {
		old = &Body{}
	}
	b.NameFR, b.NameNL = register.Keep(old.NameFR, b.NameFR), register.Keep(old.NameNL, b.NameNL)
	return register.Line[Body]{Values: v, Record: b}
}

// readServices reads a line of the list of services: a new body takes kind and
// domain from the group, a known one keeps its own, which are finer.
func readServices(in intake.Input, row intake.Row, tree *Tree, atlas *territory.Atlas) register.Line[Body] {
	ref := row.Values["ref"]
	if n, err := strconv.Atoi(ref); err == nil && n > 0 {
		ref = fmt.Sprintf("body-%03d", n)
	}
	old := tree.Body(ref)
	group, known := serviceWords[row.Values["domain"]]
	over := register.Over(in, row, old.fields(atlas))
	v := register.NewValues(row.Line, func(name string) string {
		switch {
		case name == "ref":
			return ref
		case name == "kind" && old == nil && known:
			return string(group.kind)
		case name == "domain" && old != nil:
			return string(old.Domain)
		case name == "domain" && known:
			return string(group.domain)
		}
		return over(name)
	})
	b := parse(v, atlas)
	if old == nil {
		old = &Body{}
		if !known && b.Kind == "" {
			// the word of the domain is what is missing, not the kind
			v = register.NewValues(row.Line, register.Get(row))
			v.Refuse("domain", "register.enum", fault.Args{"values": words()})
		}
	}
	b.NameFR, b.Acronym = register.KeepLoose(old.NameFR, b.NameFR), register.KeepLoose(old.Acronym, b.Acronym)
	return register.Line[Body]{Values: v, Record: b}
}

func words() string {
	return "culture-tourism, education, partner-body, regie, related-asbl, social, support, territorial-development, training"
}

// fields gives a body by the names of a form's fields; of no body, nothing.
func (b *Body) fields(atlas *territory.Atlas) func(string) string {
	if b == nil {
		return nil
	}
	return func(name string) string { return b.field(name, atlas) }
}

func (b *Body) field(name string, atlas *territory.Atlas) string {
	switch name {
	case "ref":
		return b.Ref
	case "kind":
		return string(b.Kind)
	case "domain":
		return string(b.Domain)
	case "name_fr":
		return b.NameFR
	case "name_nl":
		return b.NameNL
	case "acronym":
		return b.Acronym
	case "parent":
		return b.Parent
	case "valid_from":
		return b.Period.From.String()
	case "valid_to":
		return b.Period.To.String()
	case "successor":
		return b.Successor
	case "seat_commune":
		if a := atlas.ByID(b.Seat); a != nil {
			return a.Key
		}
	case "email":
		return b.Email
	case "phone":
		return b.Phone
	case "website":
		return b.Website
	case "source":
		return b.Source
	case "version":
		return strconv.FormatInt(b.Version, 10)
	}
	return ""
}

func have(t *Tree) map[string]Body {
	m := make(map[string]Body, len(t.list))
	for _, b := range t.list {
		m[b.Ref] = *b
	}
	return m
}

func book() register.Book[Body] {
	return register.Book[Body]{Kind: "body", Key: func(b Body) string { return b.Ref }, Same: same, At: func(b *Body) *int64 { return &b.Version },
		Insert: insertBodies, Update: updateBody, Delete: deleteBody, News: told}
}

// same compares what a file can change.
func same(a, b Body) bool {
	a.Version, a.fold, a.Sort = b.Version, b.fold, b.Sort
	return reflect.DeepEqual(a, b)
}

// Undo puts back what an import replaced.
func (t target) Undo(tx *db.Tx, actor auth.Actor, batch int64) error {
	tree, err := readTree(tx)
	if err != nil {
		return err
	}
	if err := book().Undo(tx, actor, batch, have(tree)); err != nil {
		return err
	}
	lost, found, err := orphan(tx)
	if err == nil && found {
		err = fault.New(fault.Conflict, "register.in_use", fault.Args{"ref": lost})
	}
	return err
}
