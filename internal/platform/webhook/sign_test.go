package webhook

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The published example of Standard Webhooks.
func TestSignature(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	Secret(key).sign(h, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if got := h.Get("webhook-signature"); got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(got)
	}
	if h.Get("webhook-id") != "msg_p5jXN8AQM9LWM0D4loKWxJek" || h.Get("webhook-timestamp") != "1614265330" {
		t.Errorf("%v", h)
	}
}

// verify is what docs/webhooks.md asks of a receiver, written from the page.
func verify(secret string, h http.Header, body []byte) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(h.Get("webhook-id") + "." + h.Get("webhook-timestamp") + "." + string(body)))
	for s := range strings.SplitSeq(h.Get("webhook-signature"), " ") {
		got, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "v1,"))
		if err == nil && hmac.Equal(got, mac.Sum(nil)) {
			return true
		}
	}
	return false
}

func TestSecrets(t *testing.T) {
	key := strings.Repeat("ab", 32)
	one, err := secretOf(key, "a")
	if err != nil || len(one) != 32 {
		t.Fatal(one, err)
	}
	again, _ := secretOf(key, "a")
	other, _ := secretOf(key, "b")
	foreign, _ := secretOf(strings.Repeat("cd", 32), "a")
	if !bytes.Equal(one, again) || bytes.Equal(one, other) || bytes.Equal(one, foreign) {
		t.Error("a secret follows from key and salt")
	}
	for _, bad := range []string{"", "zz", "abcd"} {
		if _, err := secretOf(bad, "a"); err == nil {
			t.Errorf("%q passes as a key", bad)
		}
	}
}
