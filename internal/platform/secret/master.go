package secret

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"strings"

	"beffroi/internal/platform/fault"
)

// Master is the key that wraps the keys of purposes. It is never written into
// the database.
type Master struct{ cipher cipher.AEAD }

// masterSize is the length of the key in bytes.
const masterSize = 32

// ReadMaster reads the master key from a file of 64 hexadecimal digits that
// only its owner may read. Faults: "secret.file", "secret.mode", "secret.digits".
func ReadMaster(path string) (*Master, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.NotFound, Code: "secret.file", Args: fault.Args{"value": path}, Err: err}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fault.New(fault.Forbidden, "secret.mode", fault.Args{"value": path})
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.NotFound, Code: "secret.file", Args: fault.Args{"value": path}, Err: err}
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != masterSize {
		return nil, fault.New(fault.Invalid, "secret.digits", fault.Args{"value": path})
	}
	return newMaster(key)
}

// MakeMaster makes a master key in a new file that only its owner may read; a
// file that is there is left as it is and read.
func MakeMaster(path string) (*Master, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return ReadMaster(path)
	}
	if err != nil {
		return nil, &fault.Error{Kind: fault.NotFound, Code: "secret.file", Args: fault.Args{"value": path}, Err: err}
	}
	key := make([]byte, masterSize)
	_, _ = rand.Read(key) // never fails since Go 1.24
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return nil, err
	}
	return newMaster(key)
}

func newMaster(key []byte) (*Master, error) {
	c, err := newCipher(key)
	return &Master{cipher: c}, err
}

func (k Key) bound() []byte { return bound("key", k.ID, k.Purpose, k.Subject) }

// wrap seals a key of a purpose; unwrap opens it again.
func (m *Master) wrap(k Key, secret []byte) []byte { return enclose(m.cipher, secret, k.bound()) }

func (m *Master) unwrap(k Key, wrapped []byte) ([]byte, error) {
	secret, err := disclose(m.cipher, wrapped, k.bound())
	if err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Code: "secret.wrongmaster", Args: fault.Args{"key": k.ID}, Err: err}
	}
	return secret, nil
}
