package svg

import (
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rsc.io/qr"
)

// The picture holds, module by module, the matrix that the library made.
func TestQR(t *testing.T) {
	const text = "otpauth://totp/Province%20de%20Hainaut:c.exemple?issuer=Province&secret=JBSWY3DPEHPK3PXP"
	picture, err := QR(text, `Code for "me" & <you>`)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := picture.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal([]byte(b.String()), new(struct{})); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `aria-label="Code for &#34;me&#34; &amp; &lt;you&gt;"`) {
		t.Errorf("label in %.200s", b.String())
	}
	drawn := map[[2]int]bool{}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(b.String(), -1) {
		var n [4]int
		for i := range n {
			n[i], _ = strconv.Atoi(m[i+1])
		}
		if n[2] != n[3] {
			t.Fatalf("open run %s", m[0])
		}
		for i := range n[2] {
			drawn[[2]int{n[0] + i - quiet, n[1] - quiet}] = true
		}
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	dark := 0
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				dark++
			}
			if code.Black(x, y) != drawn[[2]int{x, y}] {
				t.Fatalf("module %d, %d differs", x, y)
			}
		}
	}
	if dark == 0 || dark != len(drawn) {
		t.Errorf("%d modules drawn, %d dark", len(drawn), dark)
	}
	if _, err := QR(strings.Repeat("x", 5000), "x"); err == nil {
		t.Error("a text that fits in no code")
	}
}
