package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"beffroi/internal/domain/plan/convert"
	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/search"
)

// Targets are the imports of this room: plan-ecomptes, plan-table (CSV and XLSX),
// plan-json.
func (s *Service) Targets() []intake.Target {
	return []intake.Target{
		importer{s, "plan-ecomptes", func(data []byte, o map[string]string) *convert.Read {
			return convert.ReadECompte(data, o["outside"] == "skip")
		}},
		importer{s, "plan-table", func(data []byte, _ map[string]string) *convert.Read { return convert.ReadTable(data) }},
		importer{s, "plan-json", func(data []byte, _ map[string]string) *convert.Read { return convert.ReadJSON(data) }},
	}
}

// importer brings a file of one format into a plan, or makes a plan of it.
type importer struct {
	s    *Service
	key  string
	read func(data []byte, options map[string]string) *convert.Read
}

// Key names the target.
func (t importer) Key() string { return t.key }

// Rule says who may import.
func (importer) Rule() auth.Rule { return ruleManage }

// Columns: the formats find their own.
func (importer) Columns() []intake.Column { return nil }

// Options: the plan that the file goes into (made when it does not exist), its
// title when it is made, what to do with elements that it does not have and with
// years outside its term, and whose file it should be.
func (t importer) Options() []intake.Option {
	list := []intake.Option{{Name: "plan", Kind: "text"}, {Name: "title", Kind: "text"},
		{Name: "unknown", Kind: "enum", Enum: []string{"create", "stop", "skip"}, Default: "create"}}
	if t.key == "plan-ecomptes" {
		list = append(list, intake.Option{Name: "outside", Kind: "enum", Enum: []string{"stop", "skip"}, Default: "stop"}, intake.Option{Name: "ins", Kind: "text"})
	}
	return list
}

// Apply brings the file in.
func (t importer) Apply(tx *db.Tx, actor auth.Actor, batch int64, in intake.Input) (out intake.Outcome, err error) {
	read := t.read(in.Raw, in.Options)
	if ins := in.Options["ins"]; ins != "" && read.INS != "" && ins != read.INS {
		read.Notes = append(read.Notes, intake.Note{Column: "INS", Value: read.INS, Code: "plan.ecompte.ins", Args: fault.Args{"value": read.INS, "want": ins}, Severity: intake.Error})
	}
	if out.Notes = read.Notes; read.Refused() {
		return out, nil
	}
	p := t.plan(in, read.Document.Plan)
	v, made, err := t.open(tx, actor, p)
	if e := fault.From(err); err != nil && e.Kind == fault.Invalid {
		for _, f := range e.Fields {
			out.Notes = append(out.Notes, intake.Note{Column: f.Name, Value: f.Value, Code: f.Code, Args: f.Args, Severity: intake.Error})
		}
		return out, nil
	}
	if err != nil {
		return out, err
	}
	m := newMerger(tx, batch, read, v.tree, Unknown(cmp.Or(in.Options["unknown"], string(Take))))
	if err := m.merge(); err != nil {
		return m.out, err
	}
	m.out.Facts = map[string]string{"plan": p.Key}
	if m.out.Errors() > 0 {
		return m.out, nil
	}
	return m.out, m.save(actor, v.revision+1, made)
}

// plan is the plan that a file speaks of, as the options complete it.
func (t importer) plan(in intake.Input, p outline.Plan) outline.Plan {
	p.Key = cmp.Or(in.Options["plan"], p.Key, KeyOf(p.Title))
	p.Title = cmp.Or(in.Options["title"], p.Title, in.Options["plan"])
	if p.State == "" {
		p.State = outline.PST().InPhase(outline.ForPlan, outline.Running)
	}
	return p
}

// KeyOf makes a key of a title: "PST 2019-2024" is pst-2019-2024.
func KeyOf(title string) string {
	key := ""
	for _, c := range search.Fold(title) {
		if c == ' ' {
			c = '-'
		}
		if len(key) == 50 {
			break
		}
		if c == '-' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			key += string(c)
		}
	}
	return key
}

// open gives the plan to import into, made when there is none of its key.
func (t importer) open(tx *db.Tx, actor auth.Actor, p outline.Plan) (*volume, bool, error) {
	list, err := heads(tx, p.Key)
	if err != nil {
		return nil, false, err
	}
	made := len(list) == 0 || p.Key == ""
	if made {
		if err := t.s.create(tx, actor, p, "plan.import"); err != nil {
			return nil, false, err
		}
	}
	v, err := t.s.shelf.open(tx, p.Key, false)
	if err != nil {
		return nil, false, err
	}
	return v, made, writable(v.tree.Plan)
}

// Undo takes back an import: what it made goes, what it changed is as it was. What
// somebody changed since is not touched: Conflict, nothing undone.
func (t importer) Undo(tx *db.Tx, actor auth.Actor, batch int64) error {
	changes, err := intake.Remembered(tx, batch)
	if err != nil || len(changes) == 0 {
		return err
	}
	var r receipt
	if err := json.Unmarshal(changes[0].Before, &r); err != nil {
		return fmt.Errorf("plan: receipt of import %d: %w", batch, err)
	}
	key := changes[0].Ref.Key
	v, err := t.s.shelf.open(tx, key, false)
	if err != nil {
		return err
	}
	if err := unchanged(v.tree, r); err != nil {
		return err
	}
	if r.Made {
		if len(v.tree.Nodes)+len(v.tree.Gone) > len(r.Created) || v.tree.Plan.Version > 1 {
			return fault.New(fault.Conflict, "plan.undo", fault.Args{"nodes": key})
		}
		tx.After(func() { t.s.shelf.forget(key) })
		if err := erase(tx, key); err != nil {
			return err
		}
	} else if err := t.restore(tx, actor, v, r); err != nil {
		return err
	}
	return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "plan.import.undo", Object: v.tree.Plan.Ref(), Before: r})
}

// unchanged refuses an undo when a node has another version than the import gave.
func unchanged(t *outline.Tree, r receipt) error {
	var changed []string
	for _, n := range slices.Concat(t.Nodes, t.Gone) {
		for _, list := range []map[string]int64{r.Created, r.Updated} {
			if version, ok := list[n.Code]; ok && version != n.Version {
				changed = append(changed, n.Code)
			}
		}
	}
	if len(changed) > 0 {
		return fault.New(fault.Conflict, "plan.undo", fault.Args{"nodes": fmt.Sprint(changed)})
	}
	return nil
}

// restore gives nodes the state that they had; versions go on, so that an open
// form notices.
func (t importer) restore(tx *db.Tx, actor auth.Actor, v *volume, r receipt) error {
	before, err := versionsOf(tx, v.tree.Plan.Key, r.Updated)
	if err != nil {
		return err
	}
	var list []*outline.Node
	for _, n := range v.tree.Nodes {
		if _, made := r.Created[n.Code]; made {
			gone := *n
			gone.Gone, gone.Version = true, n.Version+1
			list = append(list, &gone)
		}
	}
	for _, old := range before {
		old.Version = r.Updated[old.Code] + 1
		list = append(list, old)
	}
	after := v.tree.With(v.tree.Plan, list)
	if err := outline.Faults(after.Check()); err != nil {
		return err // somebody came to depend on what would go
	}
	if err := updateNodes(tx, list, v.revision+1, stamp{actor.Username, "plan.import.undo", tx.Now()}); err != nil {
		return err
	}
	return raise(tx, v.tree.Plan.Key, v.revision+1)
}
