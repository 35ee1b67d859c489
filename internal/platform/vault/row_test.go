package vault

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"beffroi/internal/platform/db"
)

// values draws a value of a kind, or none.
func values(kind db.Kind) *rapid.Generator[any] {
	var some *rapid.Generator[any]
	switch kind {
	case db.Integer:
		some = rapid.Int64().AsAny()
	case db.Real:
		some = rapid.Float64().AsAny()
	case db.Bytes:
		some = rapid.SliceOf(rapid.Byte()).AsAny()
	default:
		some = rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune("\\\t\n\rNx1")), 0, 8, -1)).AsAny()
	}
	return rapid.OneOf(some, rapid.Just[any](nil))
}

// A row comes back from its line as it was, and a line holds no other line.
func TestRowsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := rapid.SliceOfN(rapid.SampledFrom([]db.Kind{db.Integer, db.Real, db.Text, db.Bytes}), 1, 6).Draw(t, "kinds")
		var columns []db.Column
		var row []any
		for _, k := range kinds {
			columns = append(columns, db.Column{Kind: k})
			row = append(row, values(k).Draw(t, "value"))
		}
		line, err := appendRow(nil, row)
		if err != nil || bytes.Count(line, []byte("\n")) != 1 {
			t.Fatalf("%q: %v", line, err)
		}
		got, err := parseRow(line[:len(line)-1], columns)
		if diff := cmp.Diff(row, got); err != nil || diff != "" {
			t.Fatalf("%q: %v\n%s", line, err, diff)
		}
	})
}

func TestWrongRowsAreRefused(t *testing.T) {
	for _, c := range []struct {
		line string
		kind db.Kind
	}{{"1\t2", db.Integer}, {"", db.Integer}, {"1x", db.Integer}, {"9223372036854775808", db.Integer}, {"x", db.Real},
		{`\x00`, db.Bytes}, {`\\x0`, db.Bytes}, {`\\xgg`, db.Bytes}, {"00", db.Bytes}, {`a\`, db.Text}, {`a\q`, db.Text}} {
		if got, err := parseRow([]byte(c.line), []db.Column{{Kind: c.kind}}); err == nil {
			t.Errorf("%q as %s: %v", c.line, c.kind, got)
		}
	}
	if _, err := appendRow(nil, []any{true}); err == nil {
		t.Error("a value of the engine's own type was written")
	}
}

func FuzzParseRow(f *testing.F) {
	columns := []db.Column{{Kind: db.Integer}, {Kind: db.Text}, {Kind: db.Bytes}, {Kind: db.Real}}
	f.Add([]byte("1\ta\\tb\t\\\\x00ff\t0.5"))
	f.Add([]byte("\\N\t\\N\t\\N\t\\N"))
	f.Fuzz(func(t *testing.T, line []byte) {
		row, err := parseRow(line, columns)
		if err != nil {
			return
		}
		again, err := appendRow(nil, row)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		back, err := parseRow(bytes.TrimSuffix(again, []byte("\n")), columns)
		if err != nil || !bytes.Equal(must(appendRow(nil, back)), again) {
			t.Fatalf("%q, then %q: %v", line, again, err)
		}
	})
}

func must(line []byte, _ error) []byte { return line }
