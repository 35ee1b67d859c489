package app

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"beffroi/internal/ground/party"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/personal"
)

// Persons are the kinds of people whom the house knows: those who sign in, and
// those who hold a mandate.
func Persons() []personal.Kind {
	return []personal.Kind{
		{Name: personal.Account, Find: findAccounts, All: allAccounts},
		{Name: "holder", Find: findHolders},
	}
}

func findAccounts(tx *db.Tx, usernames []string) (list []personal.Person, err error) {
	accounts, err := auth.Find(tx, usernames)
	if err != nil {
		return nil, err
	}
	admins, err := auth.Admins(tx, clock.Today(clock.Fixed(tx.Now())))
	for _, a := range accounts {
		p := accountPerson(a)
		if slices.Equal(admins, []int64{a.ID}) {
			p.Stops = append(p.Stops, personal.OnlyAdmin)
		}
		list = append(list, p)
	}
	return list, err
}

// accountPerson is known by number, user name and address, and by her full name
// where mandates stand under it.
func accountPerson(a auth.Account) personal.Person {
	ref := object.Ref{Kind: personal.Account, Key: a.Username}
	p := personal.Person{Ref: ref, Trace: ref, Name: a.Name, Language: a.Language, Pseudonym: fmt.Sprintf("erased-%d", a.ID),
		Keys: map[string]any{"account": a.Username, "account.id": a.ID}}
	if a.Username == p.Pseudonym {
		p.Stops = []string{personal.Erased}
		return p
	}
	p.Keys["holder"] = a.Name
	if a.Email != "" {
		p.Keys["email"] = a.Email
	}
	return p
}

func allAccounts(tx *db.Tx) ([]personal.Person, error) {
	accounts, err := auth.All(tx)
	var list []personal.Person
	for _, a := range accounts {
		list = append(list, accountPerson(a))
	}
	return list, err
}

// findHolders finds who holds or held a mandate. The audit speaks of her mandate,
// never of her name: what stands in it stays.
func findHolders(tx *db.Tx, names []string) (list []personal.Person, err error) {
	first, err := party.FirstMandates(tx, names)
	for _, name := range slices.Sorted(maps.Keys(first)) {
		list = append(list, personal.Person{Ref: object.Ref{Kind: "holder", Key: name}, Trace: object.Ref{Kind: "mandate", Key: first[name]}, Name: name,
			Keys: map[string]any{"holder": name}, Stops: []string{personal.Mandate}})
	}
	return list, err
}

// ledgerOfErasures is the file that outlives the database.
func (c Config) ledgerOfErasures() string {
	if c.Data == "" {
		return ""
	}
	return filepath.Join(c.Data, "erasures.jsonl")
}
