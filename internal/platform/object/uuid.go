package object

import (
	"crypto/sha256"
	"encoding/hex"
)

// UUID is a lasting name of a thing for readers elsewhere: the same space and
// name give the same UUID always (version 8 of RFC 9562 over SHA-256, since
// version 5 is bound to SHA-1). The space is a text of the installation, so
// that two provinces never give the same name to different things.
func UUID(space, name string) string {
	sum := sha256.Sum256([]byte(space + "\x00" + name))
	b := sum[:16]
	b[6] = b[6]&0x0f | 0x80 // version 8
	b[8] = b[8]&0x3f | 0x80 // variant of RFC 9562
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
