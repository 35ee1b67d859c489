package intake_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/object"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

// stock is a target over one table: amounts by key.
type stock struct{}

func (stock) Key() string { return "stock" }
func (stock) Rule() auth.Rule {
	return auth.Rule{Name: "stock.import", Roles: []auth.Role{auth.Analyst}}
}
func (stock) Columns() []intake.Column {
	return []intake.Column{{Name: "key", Required: true, Aliases: []string{"cle", "code nis"}, Kind: "text"}, {Name: "amount", Required: true, Aliases: []string{"montant"}, Kind: "decimal"},
		{Name: "note", Aliases: []string{"remarque", "montant"}, Kind: "text"}}
}
func (stock) Options() []intake.Option {
	return []intake.Option{{Name: "unit", Kind: "enum", Enum: []string{"kg", "t"}, Default: "kg"}, {Name: "year", Kind: "year", Required: true}}
}

func (stock) Apply(tx *db.Tx, _ auth.Actor, batch int64, in intake.Input) (o intake.Outcome, err error) {
	o.Facts = map[string]string{"unit": in.Options["unit"]}
	for row, err := range in.Rows {
		if err != nil {
			return o, err
		}
		n, err := strconv.ParseInt(row.Values["amount"], 10, 64)
		if err != nil {
			o.Notes = append(o.Notes, intake.Note{Line: row.Line, Column: "amount", Value: row.Values["amount"], Code: "param.int", Severity: intake.Error})
			continue
		}
		if n < 0 {
			o.Notes = append(o.Notes, intake.Note{Line: row.Line, Column: "amount", Code: "negative", Severity: intake.Warning})
		}
		if err := put(tx, batch, row.Values["key"], n, &o); err != nil {
			return o, err
		}
	}
	return o, nil
}

func put(tx *db.Tx, batch int64, key string, n int64, o *intake.Outcome) error {
	old, found, err := db.One(tx, db.Value[int64], "SELECT amount FROM stock WHERE key = $1", key)
	if err != nil {
		return err
	}
	var before any
	if found {
		before = old
		o.Updated++
	} else {
		o.Created++
	}
	if err := intake.Remember(tx, batch, object.Ref{Kind: "stock", Key: key}, before); err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO stock (key, amount) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET amount = excluded.amount", key, n)
	return err
}

func (stock) Undo(tx *db.Tx, _ auth.Actor, batch int64) error {
	changes, err := intake.Remembered(tx, batch)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.Before == nil {
			_, err = tx.Exec("DELETE FROM stock WHERE key = $1", c.Ref.Key)
		} else {
			var n int64
			if err := json.Unmarshal(c.Before, &n); err != nil {
				return err
			}
			_, err = tx.Exec("UPDATE stock SET amount = $1 WHERE key = $2", n, c.Ref.Key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// whole is a target for files that are no table.
type whole struct{ stock }

func (whole) Key() string { return "whole" }
func (whole) Rule() auth.Rule {
	return auth.Rule{Name: "whole.import", Roles: []auth.Role{auth.Registrar}}
}
func (whole) Columns() []intake.Column { return nil }
func (whole) Options() []intake.Option { return nil }
func (whole) Apply(_ *db.Tx, _ auth.Actor, _ int64, in intake.Input) (intake.Outcome, error) {
	return intake.Outcome{Created: len(in.Raw)}, nil
}

var (
	analyst  = auth.Actor{Username: "anna", Grants: []auth.Grant{{Role: auth.Analyst}}}
	stranger = auth.Actor{Username: "zoë"}
	options  = map[string]string{"year": "2026"}
)

type desk struct {
	*testing.T
	*intake.Service
	d *db.DB
}

func each(t *testing.T, f func(h desk)) {
	t.Helper()
	table := db.Schema{Room: "stock", Files: fsOf("CREATE TABLE stock (\n\tkey TEXT NOT NULL PRIMARY KEY,\n\tamount BIGINT NOT NULL\n);\n")}
	dbtest.Each(t, []db.Schema{audit.Schema(), intake.Schema(), table}, func(t *testing.T, d *db.DB) {
		f(desk{t, intake.NewService(d, stock{}, whole{}), d})
	})
}

func request(text string) intake.Request {
	return intake.Request{Target: "stock", File: intake.File{Name: "stock.csv", Data: []byte(text)}, Options: options}
}

// state is everything that an import may change.
func (h desk) state() string {
	h.Helper()
	var b strings.Builder
	err := h.d.Read(h.Context(), func(tx *db.Tx) error {
		rows, err := db.All(tx, func(s db.Scanner) (line string, err error) {
			var key string
			var n int64
			err = s.Scan(&key, &n)
			return fmt.Sprintf("%s=%d ", key, n), err
		}, "SELECT key, amount FROM stock ORDER BY key")
		b.WriteString(strings.Join(rows, ""))
		for _, table := range []string{"audit_entry", "intake_batch", "intake_change"} {
			n, _, err := db.One(tx, db.Value[int64], "SELECT count(*) FROM "+table)
			if err != nil {
				return err
			}
			fmt.Fprint(&b, n, " ")
		}
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func (h desk) apply(r intake.Request) intake.Batch {
	h.Helper()
	b, err := h.Apply(h.Context(), analyst, r)
	if err != nil {
		h.Fatal(err)
	}
	return b
}

func (h desk) wantState(want string) {
	h.Helper()
	if got := h.state(); got != want {
		h.Errorf("state %q, want %q", got, want)
	}
}

func codes(err error) string {
	var list []string
	for _, f := range fault.From(err).Fields {
		list = append(list, f.Name+":"+f.Code)
	}
	return strings.Join(list, " ")
}

func TestInspectGuesses(t *testing.T) {
	in, err := intake.Inspect(stock{}, intake.File{Data: []byte("Code-NIS;Montant;Remarque\n53053;1;x\n52011;2;y\n")})
	want := map[string]string{"key": "Code-NIS", "amount": "Montant", "note": "Remarque"}
	if err != nil || !maps.Equal(in.Mapping, want) || len(in.Missing) != 0 || len(in.Samples) != 2 || in.Samples[1][0] != "52011" {
		t.Errorf("%+v, %v", in, err)
	}
	in, err = intake.Inspect(stock{}, intake.File{Data: []byte("Clé,Montant\na,1\n")})
	if err != nil || !maps.Equal(in.Mapping, map[string]string{"key": "Clé", "amount": "Montant"}) { // one header feeds one column
		t.Errorf("%+v, %v", in, err)
	}
	in, err = intake.Inspect(stock{}, intake.File{Data: []byte("key,other\na,1\n")})
	if err != nil || !slices.Equal(in.Missing, []string{"amount"}) {
		t.Errorf("missing %v, %v", in.Missing, err)
	}
	if _, err := intake.Inspect(stock{}, intake.File{Data: []byte("%PDF-1.7")}); fault.From(err).Code != "sheet.file.unsupported" {
		t.Errorf("a PDF: %v", err)
	}
	if in, err := intake.Inspect(whole{}, intake.File{Data: []byte("%PDF-1.7")}); err != nil || in.Mapping != nil {
		t.Errorf("a file that is no table: %+v, %v", in, err)
	}
}

func TestTryWritesNothing(t *testing.T) {
	each(t, func(h desk) {
		h.apply(request("key,amount\na,1\n"))
		before := h.state()
		o, err := h.Try(h.Context(), analyst, request("key,amount\na,2\nb,-3\n"))
		if err != nil || o.Created != 1 || o.Updated != 1 || o.Warnings() != 1 || o.Errors() != 0 || o.Facts["unit"] != "kg" {
			h.Errorf("outcome %+v, %v", o, err)
		}
		h.wantState(before)
		if _, err := h.Try(h.Context(), analyst, request("key,amount\na,1\n")); err != nil {
			h.Errorf("a file imported before may be tried: %v", err)
		}
	})
}

func TestApplyAllOrNothing(t *testing.T) {
	each(t, func(h desk) {
		b, err := h.Apply(h.Context(), analyst, request("key,amount\na,1\nb,many\nc,3\nd,\n"))
		e := fault.From(err)
		if e.Kind != fault.Invalid || e.Code != "intake.refused" || e.Args["n"] != int64(2) {
			h.Fatalf("got %v", err)
		}
		if len(b.Outcome.Notes) != 2 || b.Outcome.Notes[0].Line != 3 || b.Outcome.Notes[0].Value != "many" || b.Outcome.Notes[0].Column != "amount" {
			h.Errorf("notes %+v", b.Outcome.Notes)
		}
		h.wantState("0 0 0")
		b, err = h.Apply(h.Context(), analyst, request("key,amount\na,1\nb,2,3\n"))
		if e := fault.From(err); e.Code != "sheet.row.ragged" || e.Args["line"] != int64(3) || e.Args["want"] != int64(2) || e.Args["got"] != int64(3) {
			h.Errorf("a ragged row: %v (%+v)", err, b)
		}
		h.wantState("0 0 0")
	})
}

func TestApplyIsOnRecord(t *testing.T) {
	each(t, func(h desk) {
		r := request("key,amount\na,1\nb,2\n")
		b := h.apply(r)
		h.wantState("a=1 b=2 1 1 2")
		got, err := h.Batch(h.Context(), stranger, b.ID)
		if err != nil || got.Target != "stock" || got.FileName != "stock.csv" || got.Actor != "anna" || len(got.FileHash) != 64 || got.Undone() || got.Outcome.Created != 2 || !got.At.Equal(dbtest.Now()) {
			h.Errorf("batch %+v, %v", got, err)
		}
		_ = h.d.Read(h.Context(), func(tx *db.Tx) error {
			list, err := audit.List(tx, audit.Filter{Object: b.Ref(), Limit: 5})
			if err != nil || len(list) != 1 || list[0].Action != "import.apply" || list[0].Summary["created"] != "2" {
				h.Errorf("audit %+v, %v", list, err)
			}
			return nil
		})
	})
}

func TestTheSameFileIsRefusedTwice(t *testing.T) {
	each(t, func(h desk) {
		r := request("key,amount\na,1\n")
		b := h.apply(r)
		again := r
		again.File.Name = "renamed.csv"
		_, err := h.Apply(h.Context(), analyst, again)
		if e := fault.From(err); e.Kind != fault.Conflict || e.Code != "intake.twice" || e.Args["id"] != b.ID {
			h.Fatalf("got %v", err)
		}
		h.wantState("a=1 1 1 1")
		again.Again = true
		second := h.apply(again)
		for _, id := range []int64{second.ID, b.ID} {
			if err := h.Undo(h.Context(), analyst, id); err != nil {
				h.Fatal(err)
			}
		}
		h.apply(r) // taken back, it may come again
	})
}

func TestUndoBringsBackWhatWas(t *testing.T) {
	each(t, func(h desk) {
		h.apply(request("key,amount\na,1\n"))
		b := h.apply(request("key,amount\na,5\nb,2\na,7\n"))
		h.wantState("a=7 b=2 2 2 4")
		if err := h.Undo(h.Context(), stranger, b.ID); fault.KindOf(err) != fault.NotFound {
			h.Errorf("a stranger undoes: %v", err)
		}
		if err := h.Undo(h.Context(), analyst, b.ID); err != nil {
			h.Fatal(err)
		}
		h.wantState("a=1 3 2 4")
		got, err := h.Batch(h.Context(), analyst, b.ID)
		if err != nil || !got.Undone() || got.UndoneBy != "anna" {
			h.Errorf("batch %+v, %v", got, err)
		}
		if err := h.Undo(h.Context(), analyst, b.ID); fault.From(err).Code != "intake.undone" {
			h.Errorf("undone twice: %v", err)
		}
		if err := h.Undo(h.Context(), analyst, 999); fault.KindOf(err) != fault.NotFound {
			h.Errorf("an unknown batch: %v", err)
		}
		h.wantState("a=1 3 2 4")
	})
}

func TestMappingAndOptionsAreChecked(t *testing.T) {
	each(t, func(h desk) {
		for _, c := range []struct {
			mapping, options map[string]string
			want             string
		}{
			{map[string]string{"key": "A"}, options, "amount:intake.column"},
			{map[string]string{"key": "A", "amount": "Z"}, options, "amount:intake.header"},
			{map[string]string{"key": "A", "amount": "B", "zzz": "A", "yyy": "B"}, options, "yyy:intake.mapping zzz:intake.mapping"},
			{nil, options, "key:intake.column amount:intake.column"},
			{nil, nil, "year:required"},
			{nil, map[string]string{"year": "1", "unit": "lb", "y": "", "x": "1"}, "unit:param.enum x:intake.option y:intake.option"},
		} {
			r := request("A,B\na,1\n")
			r.Mapping, r.Options = c.mapping, c.options
			if _, err := h.Try(h.Context(), analyst, r); codes(err) != c.want {
				h.Errorf("%v %v: %q, want %q (%v)", c.mapping, c.options, codes(err), c.want, err)
			}
		}
		h.wantState("0 0 0")
	})
}

// A header may bear the name of a column that another header feeds, and one
// header may feed two columns; the mapping decides, the same every time.
func TestTheMappingDecides(t *testing.T) {
	each(t, func(h desk) {
		for range 10 {
			r := request("amount,price,key\n9,1,a\n")
			r.Mapping, r.Again = map[string]string{"key": "key", "amount": "price", "note": "price"}, true
			h.apply(r)
			if got := h.state(); !strings.HasPrefix(got, "a=1 ") {
				h.Fatalf("state %q", got)
			}
		}
	})
}

func TestRightsOfImports(t *testing.T) {
	each(t, func(h desk) {
		if list := h.Targets(analyst); len(list) != 1 || list[0].Key() != "stock" {
			h.Errorf("targets %v", list)
		}
		_, err := h.Upload(h.Context(), stranger, "x", []byte("x"))
		_, err2 := h.File(h.Context(), stranger, "x")
		_, err3 := h.Apply(h.Context(), stranger, request("key,amount\na,1\n"))
		_, err4 := h.Batches(h.Context(), auth.Actor{}, 0, 1)
		_, err5 := h.Batch(h.Context(), auth.Actor{}, 1)
		for i, want := range []fault.Kind{fault.Forbidden, fault.Forbidden, fault.Forbidden, fault.Unauthenticated, fault.Unauthenticated} {
			if got := fault.KindOf([]error{err, err2, err3, err4, err5}[i]); got != want {
				h.Errorf("%d: kind %d, want %d", i, got, want)
			}
		}
		r := request("x")
		r.Target = "whole"
		if _, err := h.Apply(h.Context(), analyst, r); fault.KindOf(err) != fault.Forbidden {
			h.Errorf("another's target: %v", err)
		}
		r.Target = "nothing"
		if _, err := h.Apply(h.Context(), analyst, r); fault.From(err).Code != "intake.target" || fault.From(err).Args["values"] != "stock, whole" {
			h.Errorf("an unknown target: %v", err)
		}
	})
}

func TestFilesAreKeptByTheirBytes(t *testing.T) {
	each(t, func(h desk) {
		data := []byte("key,amount\na,1\n")
		f, err := h.Upload(h.Context(), analyst, "a\x00\xff.csv", data)
		if err != nil || f.Name != "a\uFFFD\uFFFD.csv" {
			h.Fatalf("%+v, %v", f, err)
		}
		again, err := h.Upload(h.Context(), analyst, strings.Repeat("é", 300), data)
		if err != nil || again.Hash != f.Hash || len([]rune(again.Name)) != 200 {
			h.Errorf("%+v, %v", again, err)
		}
		kept, err := h.File(h.Context(), analyst, f.Hash)
		if err != nil || !bytes.Equal(kept.Data, data) || kept.Name != again.Name {
			h.Errorf("%+v, %v", kept, err)
		}
		h.apply(intake.Request{Target: "stock", File: kept, Options: options})
		if _, err := h.File(h.Context(), analyst, "nothing"); fault.KindOf(err) != fault.NotFound {
			h.Errorf("an unknown file: %v", err)
		}
		if _, err := h.Upload(h.Context(), analyst, "x", nil); codes(err) != "file:intake.empty" {
			h.Errorf("an empty file: %v", err)
		}
		if _, err := h.Upload(h.Context(), analyst, "x", make([]byte, intake.MaxFile+1)); fault.KindOf(err) != fault.TooLarge {
			h.Errorf("a file too large: %v", err)
		}
	})
}

func TestTheReportIsBounded(t *testing.T) {
	each(t, func(h desk) {
		var b strings.Builder
		b.WriteString("key,amount\n")
		for i := range 1200 {
			fmt.Fprintf(&b, "k%d,-1\n", i)
		}
		batch := h.apply(request(b.String()))
		if batch.Outcome.Warnings() != 1200 {
			h.Errorf("%d warnings were reported", batch.Outcome.Warnings())
		}
		kept, err := h.Batch(h.Context(), analyst, batch.ID)
		if err != nil || len(kept.Outcome.Notes) != 1000 || kept.Outcome.Created != 1200 || kept.Outcome.Notes[0].Line != 2 {
			h.Errorf("%d notes, %d created, %v", len(kept.Outcome.Notes), kept.Outcome.Created, err)
		}
	})
}

func TestBatchesPageNewestFirst(t *testing.T) {
	each(t, func(h desk) {
		var want, got []int64
		for i := range 5 {
			want = append([]int64{h.apply(request(fmt.Sprintf("key,amount\na,%d\n", i))).ID}, want...)
		}
		for below := int64(0); ; {
			page, err := h.Batches(h.Context(), stranger, below, 2)
			if err != nil {
				h.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, b := range page {
				got = append(got, b.ID)
				below = b.ID
			}
		}
		if !slices.Equal(got, want) {
			h.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestRememberedComesNewestFirst(t *testing.T) {
	each(t, func(h desk) {
		b := h.apply(request("key,amount\na,1\n"))
		err := h.d.Write(h.Context(), func(tx *db.Tx) error {
			if err := intake.Remember(tx, b.ID, object.Ref{Kind: "stock", Key: "z"}, map[string]int{"n": 2}); err != nil {
				return err
			}
			if err := intake.Remember(tx, b.ID, object.Ref{}, func() {}); err == nil {
				h.Error("a state that is no JSON was kept")
			}
			list, err := intake.Remembered(tx, b.ID)
			if len(list) != 2 || list[0].Ref.Key != "z" || string(list[0].Before) != `{"n":2}` || list[1].Before != nil {
				h.Errorf("remembered %+v", list)
			}
			return err
		})
		if err != nil {
			h.Error(err)
		}
	})
}

func TestFilesThatAreNoTable(t *testing.T) {
	each(t, func(h desk) {
		r := request("{}")
		r.Target, r.Options = "whole", nil
		b, err := h.Apply(h.Context(), auth.System("test"), r)
		if err != nil || b.Outcome.Created != 2 {
			h.Errorf("%+v, %v", b, err)
		}
	})
}

func fsOf(text string) fstest.MapFS { return fstest.MapFS{"0001_first.sql": {Data: []byte(text)}} }
