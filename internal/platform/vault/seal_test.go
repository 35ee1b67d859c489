package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"filippo.io/age"

	"beffroi/internal/platform/fault"
)

func sealed(t testing.TB, plain []byte, s Seal) ([]byte, age.Identity) {
	t.Helper()
	var b bytes.Buffer
	w, own, err := s.close(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), own
}

func opened(data []byte, s Seal) ([]byte, error) {
	ids, err := s.identities()
	if err != nil {
		return nil, err
	}
	r, err := openSealed(bytes.NewReader(data), ids)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func newKey(t testing.TB) *age.X25519Identity {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestPassphrase(t *testing.T) {
	plain := bytes.Repeat([]byte("beffroi "), 10_000)
	data, _ := sealed(t, plain, Seal{Passphrase: "une phrase"})
	if got, err := opened(data, Seal{Passphrase: "une phrase"}); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
	if bytes.Contains(data, plain[:16]) {
		t.Error("it stands there in clear")
	}
	for name, wrong := range map[string]Seal{"nothing": {}, "another passphrase": {Passphrase: "une  phrase"}, "a key": {Keys: newKey(t).String()}, "no key": {Keys: "nonsense"}} {
		if _, err := opened(data, wrong); !errors.Is(err, errSeal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, plain := range []string{"", "short", "what is not sealed is read as it is, whatever the passphrase"} {
		if got, err := opened([]byte(plain), Seal{Passphrase: "une phrase"}); string(got) != plain || err != nil {
			t.Errorf("%q: %q, %v", plain, got, err)
		}
	}
}

// Sealed for two keys, either opens it; the machine that wrote it, only until
// the backup is over.
func TestRecipients(t *testing.T) {
	one, two, stranger := newKey(t), newKey(t), newKey(t)
	data, own := sealed(t, []byte("secret"), Seal{Recipients: []string{one.Recipient().String(), two.Recipient().String()}, Passphrase: "which does not count"})
	for name, key := range map[string]string{"one": one.String(), "two, of several": "# a remark\n" + stranger.String() + "\n" + two.String() + "\n"} {
		if got, err := opened(data, Seal{Keys: key}); string(got) != "secret" || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if r, err := openSealed(bytes.NewReader(data), []age.Identity{own}); err != nil {
		t.Errorf("reading back: %v", err)
	} else if got, err := io.ReadAll(r); string(got) != "secret" || err != nil {
		t.Errorf("reading back: %q, %v", got, err)
	}
	if _, err := opened(data, Seal{Keys: stranger.String()}); !errors.Is(err, errSeal) {
		t.Errorf("a stranger: %v", err)
	}
	for _, wrong := range []string{"", "age1nonsense", one.String()} { // the last would give the secret key away
		if _, _, err := (Seal{Recipients: []string{wrong}}).close(io.Discard); fault.From(err).Code != "vault.recipient" {
			t.Errorf("%.10q: %v", wrong, err)
		}
	}
}

// Whatever is changed, cut off, exchanged or added is noticed.
func TestSealHolds(t *testing.T) {
	key := newKey(t)
	data, _ := sealed(t, bytes.Repeat([]byte("x"), 200_000), Seal{Recipients: []string{key.Recipient().String()}})
	const chunk = 64<<10 + 16
	body := len(data) - 200_000 - 4*16
	damaged := map[string][]byte{
		"cut after a chunk":    data[:body+chunk],
		"cut within":           data[:body+chunk+5],
		"header alone":         data[:body],
		"more at the end":      append(bytes.Clone(data), 0),
		"two chunks exchanged": append(append(append(bytes.Clone(data[:body]), data[body+chunk:body+2*chunk]...), data[body:body+chunk]...), data[body+2*chunk:]...),
	}
	for _, at := range []int{len(sealMagic) + 30, body - 5, body, body + chunk, len(data) - 1} {
		flipped := bytes.Clone(data)
		flipped[at] ^= 1
		damaged[fmt.Sprintf("bit of byte %d", at)] = flipped
	}
	for name, d := range damaged {
		if got, err := opened(d, Seal{Keys: key.String()}); err == nil {
			t.Errorf("%s: %d bytes without complaint", name, len(got))
		}
	}
	if !strings.HasPrefix(string(data), sealMagic) {
		t.Error("not a file of age")
	}
}
