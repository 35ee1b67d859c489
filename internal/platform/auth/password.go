package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed" // the list of common pieces
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"beffroi/internal/platform/fault"
)

// Cost of argon2id: 19 MiB, two passes, one lane (OWASP password storage, first choice).
const (
	argonMemory = 19 * 1024
	argonTime   = 2
	argonLanes  = 1
	argonKey    = 32
	maxMemory   = 256 * 1024 // KiB that a stored string may ask for
)

// Passwords are long rather than odd (NIST SP 800-63B): no rule about character classes.
const (
	minPassword = 15
	maxPassword = 128
	nameLike    = 4 // shorter names are found in honest sentences
	ownLetters  = 6 // that must be left without common pieces
)

// hashPassword gives the PHC string of a password.
func hashPassword(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes, enc.EncodeToString(salt), enc.EncodeToString(key))
}

// checkPassword tells whether a password fits its PHC string. A string that is
// not one, or asks for a cost beyond reason, fits no password.
func checkPassword(phc, password string) bool {
	var version, memory, passes, lanes int
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return false
	}
	const form = "v=%d m=%d,t=%d,p=%d"
	cost := parts[2] + " " + parts[3]
	if _, err := fmt.Sscanf(cost, form, &version, &memory, &passes, &lanes); err != nil || fmt.Sprintf(form, version, memory, passes, lanes) != cost {
		return false
	}
	if version != argon2.Version || memory < 8 || memory > maxMemory || passes < 1 || passes > 16 || lanes < 1 || lanes > 16 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(want) < 16 || len(want) > 64 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, uint32(passes), uint32(memory), uint8(lanes), uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// decoy costs as much as a real check, so that an unknown name answers no faster.
func decoy(password string) {
	argon2.IDKey([]byte(password), make([]byte, 16), argonTime, argonMemory, argonLanes, argonKey)
}

// acceptPassword refuses short, repeated or guessable passwords.
func acceptPassword(username, password string) error {
	n := utf8.RuneCountInString(password)
	lower := strings.ToLower(password)
	switch {
	case n < minPassword:
		return fault.Bad("password", "", "password.short", fault.Args{"min": int64(minPassword)})
	case n > maxPassword:
		return fault.Bad("password", "", "password.long", fault.Args{"max": int64(maxPassword)})
	case len(username) >= nameLike && strings.Contains(lower, strings.ToLower(username)), distinct(lower) < 6, isCommon(lower):
		return fault.Bad("password", "", "password.guessable", nil)
	}
	return nil
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

//go:embed common.txt
var commonText string

// leet undoes the disguises that guessers know.
var leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i", "é", "e", "è", "e", "ê", "e", "à", "a", "â", "a", "ç", "c", "û", "u", "ô", "o", "î", "i")

// commonPieces are what guessable passwords are made of, the longest first.
var commonPieces = sync.OnceValue(func() []string {
	var list []string
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	slices.SortStableFunc(list, func(a, b string) int { return len(b) - len(a) })
	return list
})

// isCommon tells whether little of one's own is left of a password once the
// pieces that everybody uses are taken out, plain or disguised.
func isCommon(lower string) bool {
	return own(lower) < ownLetters || own(leet.Replace(lower)) < ownLetters
}

// own counts the letters that are left without common pieces.
func own(text string) (letters int) {
	for _, piece := range commonPieces() {
		text = strings.ReplaceAll(text, piece, " ")
	}
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters
}

// newToken gives 256 random bits as text, and the hash under which they are stored.
func newToken() (token, hash string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, tokenHash(token)
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
