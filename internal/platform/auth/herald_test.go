package auth_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// crier is a herald that remembers, and fails when told to.
type crier struct {
	said []string
	err  error
}

func (c *crier) RoleGiven(_ *db.Tx, account int64, g auth.Grant) error {
	c.said = append(c.said, fmt.Sprintf("%d has %s from %s", account, g.Role, g.Period.From))
	return c.err
}

func (c *crier) RoleEnded(_ *db.Tx, account int64, role auth.Role, last calendar.Date) error {
	c.said = append(c.said, fmt.Sprintf("%d had %s until %s", account, role, last))
	return c.err
}

// Who opens an account, gives a role or ends one tells the herald, in the same
// transaction; ending what nobody held tells nothing.
func TestHerald(t *testing.T) {
	each(t, func(h house) {
		c := &crier{}
		h.Announce(c)
		second := anna()
		second.Username = "bea"
		h.must(h.Create(t.Context(), admin, second))
		h.must(h.Grant(t.Context(), admin, "anna", auth.Grant{Role: auth.Analyst}))
		h.must(h.Revoke(t.Context(), admin, "anna", auth.Analyst, calendar.Date{}))
		if err := h.Revoke(t.Context(), admin, "anna", auth.Auditor, calendar.Date{}); err == nil {
			t.Error("a role that she does not hold was ended")
		}
		want := []string{"2 has registrar from 2026-11-23", "1 has analyst from 2026-11-23", "1 had analyst until 2026-11-22"}
		if !slices.Equal(c.said, want) {
			t.Errorf("%q", c.said)
		}
		c.err = errors.New("hoarse")
		if err := h.Grant(t.Context(), admin, "anna", auth.Grant{Role: auth.Admin}); !errors.Is(err, c.err) {
			t.Error(err)
		}
		if a, err := h.Of(t.Context(), admin, "anna"); err != nil || slices.ContainsFunc(a.Grants, func(g auth.Grant) bool { return g.Role == auth.Admin }) {
			t.Errorf("the role was given all the same: %+v, %v", a, err)
		}
	})
}

// Holders are the open accounts that hold a role on a day.
func TestHolders(t *testing.T) {
	each(t, func(h house) {
		today := calendar.MustParse("2026-11-23")
		h.must(h.Grant(t.Context(), admin, "anna", auth.Grant{Role: auth.Admin, Period: calendar.Period{From: today, To: today.AddDays(9)}}))
		holders := func(role auth.Role, day calendar.Date) (names []string) {
			t.Helper()
			h.must(h.d.Read(t.Context(), func(tx *db.Tx) error {
				list, err := auth.Holders(tx, role, day)
				for _, a := range list {
					names = append(names, a.Username)
				}
				return err
			}))
			return names
		}
		for _, c := range []struct {
			role auth.Role
			day  calendar.Date
			want int
		}{{auth.Admin, today, 1}, {auth.Admin, today.AddDays(9), 1}, {auth.Admin, today.AddDays(10), 0}, {auth.Admin, today.AddDays(-1), 0}, {auth.Auditor, today, 0}} {
			if got := holders(c.role, c.day); len(got) != c.want {
				t.Errorf("%s on %s: %v", c.role, c.day, got)
			}
		}
		h.must(h.SetActive(t.Context(), admin, "anna", false))
		if got := holders(auth.Admin, today); got != nil {
			t.Errorf("a closed account holds it: %v", got)
		}
	})
}
