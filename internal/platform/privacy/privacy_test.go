package privacy

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	staff  = Use{"accounts", "staff", "public-task", "employment", "admins"}
	public = Use{"mandates", "holders", "public-interest", "mandate", "everybody"}
)

func TestNewKeepsOrder(t *testing.T) {
	got := New("account", "id").Personal(staff, "identity", "username", "name").Personal(staff, "contact", "email")
	want := Table{Name: "account", Columns: []Column{{"id", "", Use{}}, {"username", "identity", staff}, {"name", "identity", staff}, {"email", "contact", staff}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.Columns[0].Personal() || !got.Columns[1].Personal() {
		t.Error("personal and plain columns are confused")
	}
}

// A declaration built on another must not write into it.
func TestPersonalCopies(t *testing.T) {
	base := New("t", "a", "b", "c")
	one, two := base.Personal(staff, "x", "d"), base.Personal(public, "y", "e")
	if one.Columns[3].Name != "d" || two.Columns[3].Name != "e" || len(base.Columns) != 3 {
		t.Errorf("shared columns: %v %v %v", base, one, two)
	}
}

func TestCompare(t *testing.T) {
	live := map[string][]string{"account": {"id", "name"}, "setting": {"name"}}
	named := New("account", "id").Personal(staff, "identity", "name")
	whole := []Table{named.Ends(Of("account.id", "id"), Renamed()), New("setting", "name")}
	for _, c := range []struct {
		name     string
		declared []Table
		want     []string
	}{
		{"complete", whole, nil},
		{"table missing", whole[:1], []string{"table setting is not declared"}},
		{"table too many", append(slices.Clone(whole), New("ghost", "id")), []string{"table ghost is declared and does not exist"}},
		{"table twice", append(slices.Clone(whole), New("setting", "name")), []string{"table setting is declared twice"}},
		{"column missing", []Table{New("account", "id"), whole[1]}, []string{"column account.name is not declared"}},
		{"column too many", []Table{whole[0], New("setting", "name", "value")}, []string{"column setting.value is declared and does not exist"}},
		{"column twice", []Table{whole[0], New("setting", "name", "name")}, []string{"column setting.name is declared twice"}},
		{"use without retention", []Table{New("account", "id").Personal(Use{"accounts", "staff", "public-task", "", "admins"}, "identity", "name").Ends(Of("account.id", "id"), Renamed()), whole[1]},
			[]string{"column account.name is personal and names no retention"}},
		{"use without end", []Table{named, whole[1]}, []string{"column account.name is personal and nothing says whose it is and how it ends"}},
		{"end of a plain column", []Table{whole[0].Ends(Of("account.id", "id"), Deleted(), "id"), whole[1]}, []string{"table account says how id ends, which is no personal column of it"}},
		{"end of nobody", []Table{named.Ends(Nobody(), Deleted()), whole[1]}, []string{"table account erases rows of nobody"}},
		{"kept without reason", []Table{named.Ends(Of("account.id", "id"), Kept("")), whole[1]}, []string{"table account keeps [name] without a reason"}},
		{"owner nowhere", []Table{named.Ends(Of("account.id", "owner"), Deleted()), whole[1]}, []string{"table account: the owner owner of [name] is found nowhere"}},
		{"owner through nothing", []Table{named.Ends(Of("account.id", "id").Through("setting", "id"), Deleted()), whole[1]}, []string{"table account: the owner id of [name] is found nowhere"}},
		{"owner through a table", []Table{named.Ends(Of("account.id", "name").Through("setting", "name"), Deleted()), whole[1]}, nil},
		{"time of nothing", []Table{whole[0].Until("closed", "closed_at", 1).When("state", "x"), whole[1]},
			[]string{"table account: the time of keeping hangs on closed_at, which does not exist", "table account: the time of keeping hangs on state, which does not exist"}},
		{"object of nothing", []Table{whole[0].Object("account", "username"), whole[1]}, []string{"table account: the object account hangs on username, which does not exist"}},
		{"nothing", nil, []string{"table account is not declared", "table setting is not declared"}},
	} {
		if diff := cmp.Diff(c.want, Compare(c.declared, live)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestRegister(t *testing.T) {
	got := Register([]Table{
		New("party_mandate", "ref").Personal(public, "identity", "holder"),
		New("account", "id").Personal(staff, "identity", "name", "username").Personal(staff, "contact", "email"),
		New("account_session").Personal(staff, "contact", "network"),
		New("setting", "name"),
	})
	want := []Activity{
		{Use: staff, Data: []string{"contact", "identity"}, Tables: []string{"account", "account_session"}, Transfers: "none", Security: security()},
		{Use: public, Data: []string{"identity"}, Tables: []string{"party_mandate"}, Transfers: "none", Security: security()},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if rows := Register([]Table{New("setting", "name")}); len(rows) != 0 {
		t.Errorf("a house without personal data has the rows %v", rows)
	}
}

// Whatever the declarations, each personal column is in exactly one row, no
// row is about nothing, and the order of the rooms does not matter.
func TestRegisterHoldsEveryPersonalColumn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", "b", "c"})
		var tables []Table
		for i := range rapid.IntRange(0, 6).Draw(t, "tables") {
			table := New(fmt.Sprintf("t%d", i), "id")
			for range rapid.IntRange(0, 4).Draw(t, "groups") {
				w := func(label string) string { return word.Draw(t, label) }
				table = table.Personal(Use{w("purpose"), w("persons"), w("basis"), "r", "e"}, w("data"), w("column"))
			}
			tables = append(tables, table)
		}
		rows := Register(tables)
		for _, table := range tables {
			for _, c := range table.Columns {
				n := 0
				for _, r := range rows {
					if r.Use == c.Use && slices.Contains(r.Data, c.Data) && slices.Contains(r.Tables, table.Name) {
						n++
					}
				}
				if want := map[bool]int{true: 1, false: 0}[c.Personal()]; n != want {
					t.Fatalf("%s.%s is in %d rows, want %d", table.Name, c.Name, n, want)
				}
			}
		}
		for _, r := range rows {
			if len(r.Data) == 0 || len(r.Tables) == 0 || !slices.IsSorted(r.Data) || len(slices.Compact(slices.Clone(r.Tables))) != len(r.Tables) {
				t.Fatalf("row %+v", r)
			}
		}
		slices.Reverse(tables)
		if diff := cmp.Diff(rows, Register(tables)); diff != "" {
			t.Fatal(diff)
		}
	})
}
