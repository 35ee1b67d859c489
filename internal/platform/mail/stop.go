package mail

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// StopPath begins the addresses by which letters are unsubscribed; the token of
// the letter follows.
const StopPath = "/mail/stop?letter="

// macSize is the length of the signature in bytes.
const macSize = 16

// stopToken names a letter so that nobody else's can be guessed. It holds no
// address and no name: links end up in logs.
func (s *Service) stopToken(letter int64) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(letter))
	return encode(append(b, s.stopMAC(b)...))
}

func (s *Service) stopMAC(letter []byte) []byte {
	h := hmac.New(sha256.New, s.office.Seal)
	h.Write([]byte("mail.stop\x00"))
	h.Write(letter)
	return h.Sum(nil)[:macSize]
}

// letterOf reads a token that this house made.
func (s *Service) letterOf(tx *db.Tx, token string) (Record, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != 8+macSize || !hmac.Equal(b[8:], s.stopMAC(b[:8])) {
		return Record{}, fault.Missing("letter")
	}
	r, ok, err := letterByID(tx, int64(binary.BigEndian.Uint64(b)))
	if err == nil && (!ok || r.Security) {
		err = fault.Missing("letter")
	}
	return r, err
}

// Stopping is the letter that a token names: what its reader would no longer get.
func (s *Service) Stopping(ctx context.Context, token string) (r Record, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		r, err = s.letterOf(tx, token)
		return err
	})
	return r, err
}

// Stop ends the letters about a topic to whoever got the letter that the token
// names. It needs no sign-in: the token is the proof. Twice is as once.
func (s *Service) Stop(ctx context.Context, token string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		r, err := s.letterOf(tx, token)
		if err != nil {
			return err
		}
		if r.Account != 0 && s.office.Stop != nil {
			if done, err := s.office.Stop(tx, r.Account, r.Topic); err != nil || done {
				return err
			}
		}
		return addStop(tx, r.To.Mail, r.Topic)
	})
}
