package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/setting"
)

// Secret is the key by which a receiver knows our messages.
type Secret []byte

// String is the secret as Standard Webhooks write it.
func (s Secret) String() string { return "whsec_" + base64.StdEncoding.EncodeToString(s) }

// sign gives a message its three headers: id, time in seconds, and the
// signature over id.time.body, so that neither can be changed apart.
func (s Secret) sign(h http.Header, id string, at time.Time, body []byte) {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, s)
	fmt.Fprintf(mac, "%s.%s.%s", id, seconds, body)
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", seconds)
	h.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// secretOf derives the secret of a subscription from a key of the house and the
// subscription's salt: the secret itself is kept nowhere. Whoever holds the
// whole database can derive it too; a list or an export of the subscriptions
// does not give it away.
func secretOf(key, salt string) (Secret, error) {
	k, err := hex.DecodeString(key)
	if err != nil || len(k) != sha256.Size {
		return nil, fmt.Errorf("webhook: the house's key is damaged")
	}
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte("beffroi webhook secret\x00" + salt))
	return mac.Sum(nil), nil
}

const keySetting = "webhook.key"

// houseKey is the key of all secrets, made with the first subscription.
func houseKey(tx *db.Tx) (string, error) {
	return setting.Ensure(tx, keySetting, func() string {
		b := make([]byte, sha256.Size)
		_, _ = rand.Read(b) // never fails since Go 1.24
		return hex.EncodeToString(b)
	})
}

// token is a short name that cannot be guessed.
func token(n int) string { return strings.ToLower(rand.Text()[:n]) }
