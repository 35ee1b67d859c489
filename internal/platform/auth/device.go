package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Seal hands in the key under which devices are known, once, when the program is
// put together. Without it no device is.
func (s *Service) Seal(key []byte) { s.seal = key }

// Device makes the cookie of a browser in which an account signed in: it opens
// nothing, but attempts from there wait in no stranger's queue.
func (s *Service) Device(username string) string {
	nonce := rand.Text()
	return nonce + "." + s.deviceMAC(username, nonce)
}

// known gives what names a device of an account, "" when the cookie is not one.
func (s *Service) known(username, cookie string) string {
	nonce, mac, _ := strings.Cut(cookie, ".")
	if s.seal == nil || cookie == "" || !hmac.Equal([]byte(mac), []byte(s.deviceMAC(username, nonce))) {
		return ""
	}
	return nonce
}

func (s *Service) deviceMAC(username, nonce string) string {
	h := hmac.New(sha256.New, s.seal)
	h.Write([]byte("device\n" + username + "\n" + nonce))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// attempt slows whoever guesses; succeeded tells that it was no guess.
func (s *Service) attempt(username string, v Visit) error {
	v.Device = s.known(username, v.Device)
	return s.throttle.Attempt(username, v)
}

func (s *Service) succeeded(username string, v Visit) {
	v.Device = s.known(username, v.Device)
	s.throttle.Succeeded(username, v)
}
