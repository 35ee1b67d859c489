package auth

import (
	"strings"
	"testing"

	"beffroi/internal/platform/fault"
)

func TestPasswordRoundTrip(t *testing.T) {
	const password = "un beffroi sonne l’heure"
	first, second := hashPassword(password), hashPassword(password)
	if first == second || !strings.HasPrefix(first, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("PHC strings %s and %s", first, second)
	}
	if !checkPassword(first, password) || !checkPassword(second, password) {
		t.Error("the right password is refused")
	}
	for _, wrong := range []string{"", password + " ", strings.ToUpper(password), password[1:]} {
		if checkPassword(first, wrong) {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// A damaged string fits no password, and stops nothing: argon2 itself panics at
// zero passes, and an empty key would be equal to an empty key.
func TestMalformedPHCFitsNothing(t *testing.T) {
	good := hashPassword("secret")
	parts := strings.Split(good, "$")
	salt, key := parts[4], parts[5]
	if !checkPassword(good, "secret") {
		t.Fatal("the control fails")
	}
	for _, phc := range []string{
		"", "$", "$$$$$", "secret", good + "$", "x" + good, strings.TrimPrefix(good, "$"),
		strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "t=2", "t=0", 1), strings.Replace(good, "t=2", "t=-1", 1), strings.Replace(good, "t=2", "t=99999999", 1),
		strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "p=1", "p=256", 1), strings.Replace(good, "p=1", "p=1x", 1),
		strings.Replace(good, "m=19456", "m=0", 1), strings.Replace(good, "m=19456", "m=4294967295", 1), strings.Replace(good, "m=19456", "m=+19456", 1),
		strings.Replace(good, key, "", 1), strings.Replace(good, key, "AA", 1), strings.Replace(good, key, "!!!", 1), strings.Replace(good, key, strings.Repeat("A", 100), 1),
		strings.Replace(good, salt, "", 1), strings.Replace(good, salt, "*", 1),
	} {
		if checkPassword(phc, "secret") || checkPassword(phc, "") {
			t.Errorf("%q is taken", phc)
		}
	}
}

func FuzzCheckPassword(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x")
	f.Add("$argon2id$v=19$m=8,t=0,p=0$$", "")
	f.Fuzz(func(t *testing.T, phc, password string) {
		if strings.Contains(phc, "m=19456") || len(phc) > 60 {
			return // costly and tested above
		}
		checkPassword(phc, password) // must not panic
	})
}

func TestAcceptPassword(t *testing.T) {
	for password, want := range map[string]string{
		"correct horse battery": "",
		"Ééééàçù ö’—🔔 quinze":   "",
		"fourteen chars":        "password.short",
		"":                      "password.short",
		"🔔🔔🔔🔔🔔🔔🔔🔔🔔🔔🔔🔔🔔🔔":                          "password.short", // 14 characters, 56 bytes
		strings.Repeat("abcdefghij ", 12):         "password.long",
		"aaaaaaaaaaaaaaaaaaa":                     "password.guessable",
		"abababababababababab":                    "password.guessable",
		"my name is ANNA.dubois!":                 "password.guessable",
		"motdepasse12345":                         "password.guessable",
		"Password1234567":                         "password.guessable",
		"passwords are for doors and bells":       "",
		strings.Repeat("é", 10) + "abcdefghijklm": "",
	} {
		err := acceptPassword("anna.dubois", password)
		got := ""
		if err != nil {
			got = fault.From(err).Fields[0].Code
			if v := fault.From(err).Fields[0].Value; v != "" {
				t.Errorf("the refusal repeats the password: %q", v)
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
	if err := acceptPassword("or", "correct horse battery"); err != nil {
		t.Errorf("a name of two letters spoils honest words: %v", err)
	}
}

func TestTokensDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token, hash := newToken()
		if seen[token] || len(token) != 43 || hash != tokenHash(token) || strings.Contains(hash, token) {
			t.Fatalf("token %q, hash %q", token, hash)
		}
		seen[token] = true
	}
}
