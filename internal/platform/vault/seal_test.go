package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
)

func sealed(t testing.TB, plain []byte, passphrase string, pieces int) []byte {
	t.Helper()
	var b bytes.Buffer
	s, err := newSealer(&b, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	for len(plain) > 0 {
		n := min(len(plain), pieces)
		if _, err := s.Write(plain[:n]); err != nil {
			t.Fatal(err)
		}
		plain = plain[n:]
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opened(data []byte, passphrase string) ([]byte, error) {
	r, err := openSealed(bytes.NewReader(data), passphrase)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// The sizes stand around the border of a chunk.
func TestSealedComesBack(t *testing.T) {
	for _, size := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize, 3*chunkSize + 7} {
		plain := bytes.Repeat([]byte("beffroi "), size/8+1)[:size]
		data := sealed(t, plain, "une phrase", 1000+size/3)
		if got, err := opened(data, "une phrase"); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %d came back, %v", size, len(got), err)
		}
		if size > 8 && bytes.Contains(data, plain[:8]) {
			t.Errorf("%d bytes stand there in clear", size)
		}
	}
}

func TestPassphrase(t *testing.T) {
	data := sealed(t, []byte("secret"), "une phrase", 100)
	for _, wrong := range []string{"", "une  phrase", "Une phrase"} {
		if _, err := opened(data, wrong); !errors.Is(err, errSeal) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if bytes.Equal(data, sealed(t, []byte("secret"), "une phrase", 100)) {
		t.Error("the same twice: no salt")
	}
	for _, plain := range []string{"", "short", "what is not sealed is read as it is, whatever the passphrase"} {
		if got, err := opened([]byte(plain), "une phrase"); string(got) != plain || err != nil {
			t.Errorf("%q: %q, %v", plain, got, err)
		}
	}
}

// Whatever is changed, cut off, exchanged or added is noticed.
func TestSealHolds(t *testing.T) {
	const head, whole = len(sealMagic) + saltSize, chunkSize + 16
	data := sealed(t, bytes.Repeat([]byte("x"), 2*chunkSize+100), "p", 1<<20)
	damaged := map[string][]byte{
		"cut after a chunk":    data[:head+whole],
		"cut after two":        data[:head+2*whole],
		"cut within":           data[:head+whole+5],
		"header alone":         data[:head],
		"more at the end":      append(bytes.Clone(data), 0),
		"a chunk left out":     append(bytes.Clone(data[:head+whole]), data[head+2*whole:]...),
		"two chunks exchanged": append(append(append(bytes.Clone(data[:head]), data[head+whole:head+2*whole]...), data[head:head+whole]...), data[head+2*whole:]...),
	}
	for _, at := range []int{len(sealMagic), head, head + whole, head + whole + 99, len(data) - 1} {
		flipped := bytes.Clone(data)
		flipped[at] ^= 1
		damaged[fmt.Sprintf("bit of byte %d", at)] = flipped
	}
	for name, d := range damaged {
		if got, err := opened(d, "p"); err == nil {
			t.Errorf("%s: %d bytes without complaint", name, len(got))
		}
	}
}
