package audit

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/setting"
)

// keySetting holds the signing key and the verifier key, a blank between them.
const keySetting = "audit.key"

// Keys gives the key that signs checkpoints and the one that verifies them,
// made on first use. The verifier's text may be published: NewVerifier of
// x/mod/sumdb/note reads it. Name is the origin, such as "hainaut.example/audit",
// without blanks or plus signs; it counts on first use only.
func Keys(tx *db.Tx, name string) (note.Signer, note.Verifier, error) {
	var failed error
	pair, err := setting.Ensure(tx, keySetting, func() string {
		private, public, err := note.GenerateKey(rand.Reader, name)
		failed = err
		return private + " " + public
	})
	if err := errors.Join(failed, err); err != nil {
		return nil, nil, fmt.Errorf("audit: key: %w", err)
	}
	private, public, _ := strings.Cut(pair, " ")
	signer, err := note.NewSigner(private)
	if err != nil {
		return nil, nil, fmt.Errorf("audit: signing key: %w", err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		return nil, nil, fmt.Errorf("audit: verifier key: %w", err)
	}
	return signer, verifier, nil
}

// Checkpoint signs the size and root of the tree, keeps the note and returns
// it, in the checkpoint format of C2SP: origin, size, root, signature. Kept
// outside the house, it proves later that nothing before it was changed. An
// empty tree gives no note; a size that was signed before gives its first note.
func Checkpoint(tx *db.Tx, signer note.Signer) (string, error) {
	size, root, err := Root(tx)
	if err != nil || size == 0 {
		return "", err
	}
	kept, found, err := db.One(tx, scanCheckpoint, "SELECT size, root, note FROM audit_checkpoint WHERE size = $1", size)
	if err != nil {
		return "", err
	}
	if found && kept.root != root {
		return "", &Fault{size - 1, "checkpoint"}
	}
	if found {
		return kept.note, nil
	}
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", signer.Name(), size, root)}, signer)
	if err != nil {
		return "", fmt.Errorf("audit: signing: %w", err)
	}
	_, err = tx.Exec("INSERT INTO audit_checkpoint (size, at, root, note) VALUES ($1, $2, $3, $4)", size, db.At(tx.Now()), root, string(signed))
	return string(signed), err
}

type checkpoint struct {
	size       int64
	root, note string
}

func scanCheckpoint(s db.Scanner) (c checkpoint, err error) {
	return c, s.Scan(&c.size, &c.root, &c.note)
}

// VerifyNote checks a note kept outside the house: that it was signed here, and
// that the tree still begins with what it signed. It returns the number of
// entries signed; a *Fault says that the tree no longer fits.
func VerifyNote(tx *db.Tx, verifier note.Verifier, text string) (int64, error) {
	c, err := openNote(verifier, text)
	if err != nil {
		return 0, err
	}
	size, _, err := Root(tx)
	if err != nil {
		return 0, err
	}
	if c.size > size {
		return 0, &Fault{size, "checkpoint"}
	}
	h, err := tlog.TreeHash(c.size, reader(tx))
	if err != nil {
		return 0, err
	}
	if base64.StdEncoding.EncodeToString(h[:]) != c.root {
		return 0, &Fault{c.size - 1, "checkpoint"}
	}
	return c.size, nil
}

// VerifySignatures checks the note of every checkpoint that the house keeps: a
// *Fault of reason "signature" names the last entry of the first bad one.
// Whether the tree fits the checkpoints is told by Verify.
func VerifySignatures(tx *db.Tx, verifier note.Verifier) error {
	list, err := db.All(tx, scanCheckpoint, "SELECT size, root, note FROM audit_checkpoint ORDER BY size")
	if err != nil {
		return err
	}
	for _, c := range list {
		if signed, err := openNote(verifier, c.note); err != nil || signed.size != c.size || signed.root != c.root {
			return &Fault{c.size - 1, "signature"}
		}
	}
	return nil
}

var errNote = errors.New("audit: not a checkpoint: origin, size and root expected")

func openNote(verifier note.Verifier, text string) (c checkpoint, err error) {
	n, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return c, fmt.Errorf("audit: note: %w", err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return c, errNote
	}
	c.size, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil || c.size < 1 {
		return c, errNote
	}
	c.root, c.note = lines[2], text
	return c, nil
}
