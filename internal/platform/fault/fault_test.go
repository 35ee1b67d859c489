package fault_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"beffroi/internal/platform/fault"
)

func TestStatusOfEachKind(t *testing.T) {
	want := map[fault.Kind]int{
		fault.Internal: 500, fault.Invalid: 422, fault.BadRequest: 400, fault.Unauthenticated: 401,
		fault.Forbidden: 403, fault.NotFound: 404, fault.Conflict: 409, fault.Gone: 410, fault.TooLarge: 413,
		fault.TooMany: 429, fault.Unavailable: 503, fault.NotAllowed: 405,
	}
	for kind, status := range want {
		if got := fault.New(kind, "x", nil).Status(); got != status || http.StatusText(got) == "" {
			t.Errorf("kind %d: status %d, want %d", kind, got, status)
		}
	}
}

func TestKindAndFromSeeThroughWrapping(t *testing.T) {
	cause := errors.New("disk on fire")
	refusal := &fault.Error{Kind: fault.Conflict, Code: "stale", Err: cause}
	wrapped := fmt.Errorf("saving: %w", refusal)
	if fault.KindOf(wrapped) != fault.Conflict || fault.From(wrapped) != refusal {
		t.Error("a wrapped refusal is no longer seen")
	}
	if !errors.Is(wrapped, cause) {
		t.Error("the cause is lost")
	}
	if fault.KindOf(cause) != fault.Internal || fault.KindOf(nil) != fault.Internal {
		t.Error("a foreign error must be internal")
	}
	if e := fault.From(cause); e.Code != "internal" || !errors.Is(e, cause) {
		t.Errorf("From = %v", e)
	}
}

func TestErrorIsTheSameLineEveryTime(t *testing.T) {
	e := &fault.Error{Code: "invalid", Args: fault.Args{"b": 2, "a": 1, "d": 4, "c": 3}, Err: errors.New("cause"),
		Fields: []fault.Field{{Name: "nis", Line: 7, Value: "4000", Code: "nis"}, {Name: "name", Code: "required"}}}
	const want = `invalid a=1 b=2 c=3 d=4 [nis line 7: nis "4000"] [name: required ""]: cause`
	for range 20 {
		if got := e.Error(); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}

func TestFieldsCollect(t *testing.T) {
	var f fault.Fields
	if f.Err() != nil || f.Len() != 0 {
		t.Fatal("nothing refused must be no error")
	}
	f.Add("a", "1", "x", nil)
	f.AddLine(3, "b", "2", "y", fault.Args{"max": 9})
	if err := f.Merge(fault.Bad("c", "3", "z", nil)); err != nil {
		t.Fatal(err)
	}
	other := errors.New("not about fields")
	if err := f.Merge(other); err != other {
		t.Errorf("Merge swallowed %v", err)
	}
	if err := f.Merge(fault.Missing("x")); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Merge swallowed a refusal without fields: %v", err)
	}
	if err := f.Merge(nil); err != nil {
		t.Error(err)
	}
	e := fault.From(f.Err())
	if e.Kind != fault.Invalid || len(e.Fields) != 3 || f.Len() != 3 || e.Args["n"] != int64(3) {
		t.Fatalf("got %v", e)
	}
	if e.Fields[1].Line != 3 || e.Fields[1].Name != "b" || e.Fields[2].Code != "z" {
		t.Errorf("fields %v", e.Fields)
	}
}

func TestBadAndMissing(t *testing.T) {
	e := fault.From(fault.Bad("nis", "4000", "nis", fault.Args{"k": 1}))
	if e.Code != "invalid" || e.Args["n"] != int64(1) || len(e.Fields) != 1 || e.Fields[0].Value != "4000" {
		t.Errorf("Bad = %#v", e)
	}
	if m := fault.Missing("body"); m.Kind != fault.NotFound || m.Args["what"] != "body" {
		t.Errorf("Missing = %#v", m)
	}
}
