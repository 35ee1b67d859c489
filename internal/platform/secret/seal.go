package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
)

// version is the format of what is sealed. A new one gets a new number; old
// ones stay readable until they are sealed again.
const version = "s1"

// Place is where a sealed value stands. Row is the row's primary key as text.
type Place struct{ Table, Column, Row string }

// String is "table.column of row".
func (p Place) String() string { return p.Table + "." + p.Column + " of " + p.Row }

var (
	errFormat = errors.New("secret: not a sealed value")
	errBroken = errors.New("secret: damaged, moved or sealed with another key")
)

// encoding refuses trailing bits, so that a value has one text only.
var encoding = base64.RawURLEncoding.Strict()

// newCipher makes the cipher of a key of 32 bytes.
func newCipher(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// bound is the additional data: each part behind its length, so that no two
// lists of parts give the same bytes.
func bound(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}

// enclose encrypts under a fresh nonce, which comes first.
func enclose(c cipher.AEAD, plain, aad []byte) []byte {
	nonce := make([]byte, c.NonceSize())
	_, _ = rand.Read(nonce) // never fails since Go 1.24
	return c.Seal(nonce, nonce, plain, aad)
}

func disclose(c cipher.AEAD, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < c.NonceSize() {
		return nil, errFormat
	}
	plain, err := c.Open(nil, sealed[:c.NonceSize()], sealed[c.NonceSize():], aad)
	if err != nil {
		return nil, errBroken
	}
	return plain, nil
}

// prefix begins every value sealed with a key. The texts with this prefix are
// those from it up to, not including, its successor.
func prefix(key string) (from, to string) {
	return version + "." + key + ".", version + "." + key + "/"
}

// parse takes a sealed value apart.
func parse(text string) (key string, sealed []byte, err error) {
	v, rest, ok := strings.Cut(text, ".")
	key, body, two := strings.Cut(rest, ".")
	if !ok || !two || v != version || !isKey(key) {
		return "", nil, errFormat
	}
	if sealed, err = encoding.DecodeString(body); err != nil || strings.ContainsAny(body, "\r\n") {
		return "", nil, errFormat
	}
	return key, sealed, nil
}

// isKey tells whether a text may name a key: base32 letters as rand.Text draws them.
func isKey(s string) bool {
	return len(s) == keyName && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// keyName is the length of a key's name, 60 bits by lot.
const keyName = 12

func newName() string { return rand.Text()[:keyName] }
