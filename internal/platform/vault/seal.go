package vault

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"filippo.io/age"

	"beffroi/internal/platform/fault"
)

// A sealed archive is a file of age (age-encryption.org/v1), which `age -d`
// opens as well: chunks that can be neither changed, exchanged nor cut off.
const sealMagic = "age-encryption.org/v1\n"

// workFactor is the cost of a passphrase, log₂: 128 MB and half a second for each
// guess (OWASP's figure for scrypt, 2023).
const workFactor = 17

// Seal is how an archive is sealed: by a passphrase, which opens it too, or for
// the holders of keys. The zero Seal leaves it in clear.
type Seal struct {
	Passphrase string
	Recipients []string // public keys, age1…: who writes the archive cannot open it
	Keys       string   // secret keys, one a line, as age-keygen writes them; to open
}

// errSeal says that neither passphrase nor key opens an archive.
var errSeal = errors.New("vault: what was given does not open the archive")

// close gives a writer that seals, and what opens the result again. For holders
// of keys that is a key that lives as long as the backup: what was written is
// read back, and afterwards nobody here can open it.
func (s Seal) close(w io.Writer) (io.WriteCloser, age.Identity, error) {
	if s.Passphrase != "" && len(s.Recipients) == 0 {
		r, err := age.NewScryptRecipient(s.Passphrase)
		if err != nil {
			return nil, nil, err
		}
		r.SetWorkFactor(workFactor)
		id, err := age.NewScryptIdentity(s.Passphrase)
		if err != nil {
			return nil, nil, err
		}
		sealed, err := age.Encrypt(w, r)
		return sealed, id, err
	}
	own, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, nil, err
	}
	all := []age.Recipient{own.Recipient()}
	for _, text := range s.Recipients {
		r, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil { // only its beginning is shown: it might be a secret key
			return nil, nil, &fault.Error{Kind: fault.BadRequest, Code: "vault.recipient", Args: fault.Args{"value": text[:min(len(text), 12)]}, Err: err}
		}
		all = append(all, r...)
	}
	sealed, err := age.Encrypt(w, all...)
	return sealed, own, err
}

// clear tells that nothing is to be sealed.
func (s Seal) clear() bool { return s.Passphrase == "" && len(s.Recipients) == 0 }

// identities are what may open an archive.
func (s Seal) identities() (list []age.Identity, err error) {
	if s.Keys != "" {
		if list, err = age.ParseIdentities(strings.NewReader(s.Keys)); err != nil {
			return nil, errors.Join(errSeal, err)
		}
	}
	if s.Passphrase != "" {
		id, err := age.NewScryptIdentity(s.Passphrase)
		if err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, nil
}

// openSealed gives the plain text of a sealed archive, and any other as it is.
// Without what opens it the error is errSeal.
func openSealed(r io.Reader, identities []age.Identity) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if head, _ := in.Peek(len(sealMagic)); !bytes.Equal(head, []byte(sealMagic)) { // too short to be sealed: what it is will be found out
		return in, nil
	}
	if len(identities) == 0 {
		return nil, errSeal
	}
	plain, err := age.Decrypt(in, identities...)
	if err != nil {
		return nil, errors.Join(errSeal, err)
	}
	return plain, nil
}
