package app

import (
	"fmt"
	"path/filepath"

	"beffroi/internal/ground/party"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/personal"
)

// persons are the kinds of people whom the house knows: those who sign in, and
// those who hold a mandate.
func persons() []personal.Kind {
	return []personal.Kind{
		{Name: personal.Account, Find: findAccount, All: allAccounts},
		{Name: "holder", Find: findHolder},
	}
}

func findAccount(tx *db.Tx, username string) (personal.Person, bool, error) {
	a, ok, err := auth.Find(tx, username)
	if err != nil || !ok {
		return personal.Person{}, false, err
	}
	p := accountPerson(a)
	only, err := auth.OnlyAdmin(tx, a.ID, clock.Today(clock.Fixed(tx.Now())))
	if only {
		p.Stops = append(p.Stops, "only-admin")
	}
	return p, true, err
}

// accountPerson is known by number, user name and address, and by her full name
// where mandates stand under it.
func accountPerson(a auth.Account) personal.Person {
	ref := object.Ref{Kind: personal.Account, Key: a.Username}
	p := personal.Person{Ref: ref, Trace: ref, Name: a.Name, Language: a.Language, Pseudonym: fmt.Sprintf("erased-%d", a.ID),
		Keys: map[string]any{"account": a.Username, "account.id": a.ID}}
	if a.Name != p.Pseudonym {
		p.Keys["holder"] = a.Name
	}
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

// findHolder finds who holds or held a mandate. The audit speaks of her mandate,
// never of her name: what stands in it stays.
func findHolder(tx *db.Tx, name string) (personal.Person, bool, error) {
	refs, err := party.MandatesOf(tx, name)
	if err != nil || len(refs) == 0 {
		return personal.Person{}, false, err
	}
	return personal.Person{Ref: object.Ref{Kind: "holder", Key: name}, Trace: object.Ref{Kind: "mandate", Key: refs[0]}, Name: name,
		Keys: map[string]any{"holder": name}, Stops: []string{"mandate"}}, true, nil
}

// ledgerOfErasures is the file that outlives the database.
func (c Config) ledgerOfErasures() string {
	if c.Data == "" {
		return ""
	}
	return filepath.Join(c.Data, "erasures.jsonl")
}
