package vault

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
)

// A sealed archive is sealMagic, a salt of 16 bytes and chunks of AES-256-GCM:
// the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015), in which
// the nonce is the number of the chunk and whether it is the last, so that
// chunks can be neither exchanged nor cut off. The key comes from the
// passphrase and the salt by PBKDF2, and is used for this archive only.
const (
	sealMagic  = "beffroi-sealed-1\n"
	saltSize   = 16
	chunkSize  = 64 << 10 // bytes of plain text in a chunk; the last may have fewer
	iterations = 600_000  // OWASP's figure for PBKDF2 with SHA-256, 2023
)

// errSeal says that a passphrase does not open an archive, or that its first
// chunk is damaged: nobody can tell these apart.
var errSeal = errors.New("vault: the passphrase does not open the archive")

// stream is what sealing and opening share. The header is bound to each chunk.
type stream struct {
	aead   cipher.AEAD
	header []byte
	chunks uint64
}

func newStream(passphrase string, salt []byte) (*stream, error) {
	key, err := pbkdf2.Key(sha256.New, passphrase, salt, iterations, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &stream{aead: aead, header: append([]byte(sealMagic), salt...)}, err
}

// nonce is that of the next chunk.
func (s *stream) nonce(last bool) []byte {
	n := make([]byte, 12)
	binary.BigEndian.PutUint64(n[3:], s.chunks)
	s.chunks++
	if last {
		n[11] = 1
	}
	return n
}

// sealer encrypts what is written to it; Close writes the last chunk.
type sealer struct {
	*stream
	w     io.Writer
	plain []byte
}

func newSealer(w io.Writer, passphrase string) (*sealer, error) {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	s, err := newStream(passphrase, salt)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(s.header)
	return &sealer{stream: s, w: w}, err
}

// Write keeps at least one byte back, since the last chunk is marked.
func (s *sealer) Write(p []byte) (int, error) {
	s.plain = append(s.plain, p...)
	for len(s.plain) > chunkSize {
		if err := s.chunk(s.plain[:chunkSize], false); err != nil {
			return 0, err
		}
		s.plain = append(s.plain[:0], s.plain[chunkSize:]...)
	}
	return len(p), nil
}

func (s *sealer) chunk(plain []byte, last bool) error {
	_, err := s.w.Write(s.aead.Seal(nil, s.nonce(last), plain, s.header))
	return err
}

// Close ends the archive; the writer below stays open.
func (s *sealer) Close() error { return s.chunk(s.plain, true) }

// opener decrypts chunk by chunk.
type opener struct {
	*stream
	r     *bufio.Reader
	plain []byte // opened and not yet read
	last  bool
}

// openSealed gives the plain text of a sealed archive, and any other as it is.
// Without the right passphrase the error is errSeal.
func openSealed(r io.Reader, passphrase string) (io.Reader, error) {
	in := bufio.NewReaderSize(r, chunkSize+1024)
	header, err := in.Peek(len(sealMagic) + saltSize)
	if err != nil || string(header[:len(sealMagic)]) != sealMagic {
		return in, nil // too short to be sealed: what it is will be found out
	}
	if passphrase == "" {
		return nil, errSeal
	}
	s, err := newStream(passphrase, header[len(sealMagic):])
	if err != nil {
		return nil, err
	}
	_, _ = in.Discard(len(header)) // it was seen above
	o := &opener{stream: s, r: in}
	if err := o.next(); err != nil {
		return nil, errSeal
	}
	return o, nil
}

func (o *opener) next() error {
	sealed := make([]byte, chunkSize+o.aead.Overhead())
	n, err := io.ReadFull(o.r, sealed)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	_, err = o.r.Peek(1)
	o.last = errors.Is(err, io.EOF)
	o.plain, err = o.aead.Open(sealed[:0], o.nonce(o.last), sealed[:n], o.header)
	return err
}

// Read gives plain text that was proven whole, chunk by chunk.
func (o *opener) Read(p []byte) (int, error) {
	for len(o.plain) == 0 {
		if o.last {
			return 0, io.EOF
		}
		if err := o.next(); err != nil {
			return 0, errors.Join(io.ErrUnexpectedEOF, err)
		}
	}
	n := copy(p, o.plain)
	o.plain = o.plain[n:]
	return n, nil
}
