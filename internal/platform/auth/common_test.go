package auth

import (
	"testing"

	"pgregory.net/rapid"
)

func TestCommonPasswords(t *testing.T) {
	for _, bad := range []string{"password12345678", "Passwordpassword", "P4ssw0rdP4ssw0rd!", "motdepasse123456", "MotDePasse-2026!", "wachtwoord123456", "azertyuiopqsdfghjklm",
		"qwertyuiopasdfgh", "123456789012345", "Bienvenue2026!!!", "adminadminadmin", "correct horse battery staple", "iloveyouiloveyou", "Hainaut2026Hainaut", "changeme changeme",
		"janvier-fevrier-mars", "1q2w3e4r5t1q2w3e", "abcdefghijklmnop", "beffroi beffroi 1", "test test test test"} {
		if acceptPassword("someone-else", bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	for _, good := range []string{"un beffroi sonne l’heure", "le beffroi veille sur 2026", "een klok luidt elk uur op tijd", "une phrase assez longue 1789", "vr7Kq!pz-Lw3mXt9e", "a long pass phrase for tests",
		"мой дядя самых честных правил", "天地玄黃宇宙洪荒日月盈昃辰宿列張"} {
		if err := acceptPassword("someone-else", good); err != nil {
			t.Errorf("%q is refused: %v", good, err)
		}
	}
	if n := len(commonPieces()); n < 100 {
		t.Errorf("the list has %d pieces", n)
	}
}

// However common pieces are joined, the result is refused.
func TestJoinedPiecesAreCommon(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for len(text) < minPassword {
			text += rapid.SampledFrom(commonPieces()).Draw(t, "piece") + rapid.SampledFrom([]string{" ", "-", "!", "7", "2026"}).Draw(t, "between")
		}
		if !isCommon(text) {
			t.Fatalf("%q is taken", text)
		}
	})
}
