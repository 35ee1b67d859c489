package personal

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/privacy"
)

// Export is everything that is kept about a person, as she is given it.
type Export struct {
	Person   Person
	Made     time.Time
	Sections []Section
	Files    []File
}

// Section is what one table holds about her.
type Section struct {
	Holding
	Columns []string
	Rows    [][]any // nil, int64, float64 or text, in the order of Columns
}

// directly is how many rows are given at once; more are made by a job.
const directly = 5000

// credentials are hashes of secrets: of no use to her, of some to a thief.
const credentials = "credentials"

// Take gives the ZIP of a person's data. When there is much of it, zip is nil
// and the request tells of the job that makes it.
func (s *Service) Take(ctx context.Context, actor auth.Actor, ref object.Ref) (archive []byte, r Request, err error) {
	if err := may(Manage, actor, ref); err != nil {
		return nil, r, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := s.find(tx, ref)
		if err != nil {
			return err
		}
		list, err := s.holdings(tx, p)
		if err != nil {
			return err
		}
		if rows(list) > directly {
			if twice, err := waiting(tx, WishExport, ref); err != nil || twice {
				return err
			}
			r, err = s.ask(tx, actor, p, Request{Wish: WishExport, Due: tx.Now()})
			return err
		}
		if archive, err = s.pack(tx, p, list); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "privacy.export", Object: p.Trace})
	})
	return archive, r, err
}

func rows(list []Holding) (n int64) {
	for _, h := range list {
		n += h.Rows
	}
	return n
}

// Make is the job of a large export.
func (s *Service) Make(ctx context.Context, j jobs.Job) error {
	var id int64
	if err := j.Decode(&id); err != nil {
		return err
	}
	var archive []byte
	err := s.db.Read(ctx, func(tx *db.Tx) error { // writers are not held up
		r, ok, err := requestByID(tx, id)
		if err != nil || !ok || r.State != Waiting {
			return err
		}
		p, err := s.find(tx, r.Person)
		if err != nil {
			return err
		}
		list, err := s.holdings(tx, p)
		if err != nil {
			return err
		}
		archive, err = s.pack(tx, p, list)
		return err
	})
	erased := err != nil && fault.KindOf(err) == fault.NotFound
	if err != nil && !erased || err == nil && archive == nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if erased {
			return finish(tx, id, Stopped, Erased, "")
		}
		if err := insertExport(tx, id, archive); err != nil {
			return err
		}
		return finish(tx, id, Done, "", "")
	})
}

// Fetch gives the ZIP that a job made; NotFound once its week is over.
func (s *Service) Fetch(ctx context.Context, actor auth.Actor, id int64) (archive []byte, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		r, err := s.request(tx, Manage, actor, id)
		if err != nil {
			return err
		}
		data, ok, err := exportOf(tx, id)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Missing("export")
		}
		archive = data
		trace, err := s.trace(tx, r.Person)
		if err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "privacy.export", Object: trace})
	})
	return archive, err
}

// pack reads everything and makes the ZIP.
func (s *Service) pack(tx *db.Tx, p Person, list []Holding) ([]byte, error) {
	e := Export{Person: p, Made: tx.Now()}
	live, err := db.Tables(tx)
	if err != nil {
		return nil, err
	}
	for _, h := range merged(list) {
		section, err := s.section(tx, live, p, h)
		if err != nil {
			return nil, err
		}
		if len(section.Columns) > 0 {
			e.Sections = append(e.Sections, section)
		}
	}
	if s.ports.Files != nil {
		if e.Files, err = s.ports.Files(tx, p); err != nil {
			return nil, err
		}
	}
	return s.zip(e)
}

// merged joins the holdings of the same rows, which only end column by column.
func merged(list []Holding) (out []Holding) {
	for _, h := range list {
		i := slices.IndexFunc(out, func(o Holding) bool { return o.Table == h.Table && o.owner == h.owner })
		if i < 0 {
			out = append(out, h)
			continue
		}
		o := &out[i]
		o.columns = append(slices.Clone(o.columns), h.columns...)
		for _, d := range h.Data {
			if !slices.Contains(o.Data, d) {
				o.Data = append(slices.Clone(o.Data), d)
			}
		}
	}
	return out
}

func (s *Service) section(tx *db.Tx, live []db.Table, p Person, h Holding) (Section, error) {
	i := slices.IndexFunc(live, func(t db.Table) bool { return t.Name == h.Table })
	if i < 0 {
		return Section{}, fmt.Errorf("personal: table %s is declared and does not exist", h.Table)
	}
	names := slices.DeleteFunc(append(live[i].Key(), h.columns...), func(c string) bool { return s.data(h.Table, c) == credentials })
	table := live[i].Only(names...)
	section := Section{Holding: h, Columns: table.Names()}
	if len(section.Columns) == 0 {
		return section, nil
	}
	err := rowsOf(tx, table, privacy.Claim{Owner: h.owner}, p, 0, func(values []any) error {
		row := slices.Clone(values)
		for i, v := range row {
			if b, ok := v.([]byte); ok {
				row[i] = fmt.Sprintf("[%d bytes]", len(b))
			}
		}
		section.Rows = append(section.Rows, row)
		return nil
	})
	return section, err
}

// data is the category of a column.
func (s *Service) data(table, column string) string {
	for _, t := range s.tables {
		for _, c := range t.Columns {
			if t.Name == table && c.Name == column {
				return c.Data
			}
		}
	}
	return ""
}

// document is data.json.
func (e Export) document() any {
	type section struct {
		Table   string           `json:"table"`
		Purpose string           `json:"purpose"`
		Data    []string         `json:"data"`
		Rows    []map[string]any `json:"rows"`
	}
	doc := struct {
		Person   object.Ref `json:"person"`
		Name     string     `json:"name"`
		Made     time.Time  `json:"made_at"`
		Sections []section  `json:"sections"`
		Files    []string   `json:"files"`
	}{e.Person.Ref, e.Person.Name, e.Made, []section{}, []string{}}
	for _, s := range e.Sections {
		out := section{Table: s.Table, Purpose: s.Use.Purpose, Data: s.Data}
		for _, values := range s.Rows {
			row := map[string]any{}
			for i, c := range s.Columns {
				row[c] = values[i]
			}
			out.Rows = append(out.Rows, row)
		}
		doc.Sections = append(doc.Sections, out)
	}
	for _, f := range e.Files {
		doc.Files = append(doc.Files, "files/"+f.Name)
	}
	return doc
}

func (s *Service) zip(e Export) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	add := func(name string, data []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: e.Made})
		if err == nil {
			_, err = w.Write(data)
		}
		return err
	}
	text, err := json.MarshalIndent(e.document(), "", "  ")
	if err != nil {
		return nil, err
	}
	if err := add("data.json", append(text, '\n')); err != nil {
		return nil, err
	}
	if s.ports.Readable != nil {
		page, err := s.ports.Readable(e)
		if err != nil {
			return nil, err
		}
		if err := add("index.html", page); err != nil {
			return nil, err
		}
	}
	for _, f := range e.Files {
		if err := add("files/"+f.Name, f.Data); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
