package content_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/files/content"
)

const secret = "50.4541,3.9523 Anna"

// picture has a red corner, top left, and is blue otherwise.
func picture() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, 64, 32))
	for y := range 32 {
		for x := range 64 {
			m.Set(x, y, color.RGBA{0, 0, 255, 255})
			if x < 16 && y < 16 {
				m.Set(x, y, color.RGBA{255, 0, 0, 255})
			}
		}
	}
	return m
}

func segment(marker byte, payload string) []byte {
	b := []byte{0xff, marker, 0, 0}
	binary.BigEndian.PutUint16(b[2:], uint16(len(payload)+2))
	return append(b, payload...)
}

// exif is an Exif segment with an orientation and a secret.
func exif(order binary.AppendByteOrder, mark string, orientation uint16) []byte {
	b := []byte("Exif\x00\x00" + mark)
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, 0x0112)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, orientation)
	b = append(b, 0, 0, 0, 0, 0, 0)
	return segment(0xe1, string(b)+secret)
}

// photo is a JPEG with extra segments after its start and more after its end.
func photo(t testing.TB, after string, segments ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(), &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	out := []byte{0xff, 0xd8}
	for _, s := range segments {
		out = append(out, s...)
	}
	return append(append(out, b.Bytes()[2:]...), after...)
}

func strip(t testing.TB, kind content.Type, data []byte) []byte {
	t.Helper()
	out, err := content.Strip(kind, data, "x")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestJPEGKeepsThePictureOnly(t *testing.T) {
	plain := photo(t, "")
	got := strip(t, content.JPEG, photo(t, "<script>"+secret, segment(0xe0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"), exif(binary.BigEndian, "MM", 1),
		segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+secret), segment(0xe2, "ICC_PROFILE\x00\x01\x01profile"), segment(0xed, "Photoshop 3.0\x00"+secret), segment(0xfe, secret)))
	if bytes.Contains(got, []byte("Anna")) || bytes.Contains(got, []byte("script")) {
		t.Error("the secret is still there")
	}
	for _, kept := range []string{"JFIF", "ICC_PROFILE"} {
		if !bytes.Contains(got, []byte(kept)) {
			t.Errorf("%s is gone", kept)
		}
	}
	a, err1 := jpeg.Decode(bytes.NewReader(plain))
	b, err2 := jpeg.Decode(bytes.NewReader(got))
	if err1 != nil || err2 != nil || !bytes.Equal(a.(*image.YCbCr).Y, b.(*image.YCbCr).Y) {
		t.Errorf("the picture changed: %v, %v", err1, err2)
	}
	if again := strip(t, content.JPEG, got); !bytes.Equal(again, got) {
		t.Error("what is clean changes")
	}
}

// The corner that was top left in the file stands where the orientation puts it.
func TestJPEGIsTurned(t *testing.T) {
	for orientation, corner := range map[uint16]struct{ right, bottom, tall bool }{
		1: {}, 2: {right: true}, 3: {right: true, bottom: true}, 4: {bottom: true},
		5: {tall: true}, 6: {right: true, tall: true}, 7: {right: true, bottom: true, tall: true}, 8: {bottom: true, tall: true},
	} {
		for mark, order := range map[string]binary.AppendByteOrder{"MM": binary.BigEndian, "II": binary.LittleEndian} {
			got := strip(t, content.JPEG, photo(t, "", exif(order, mark, orientation)))
			m, err := jpeg.Decode(bytes.NewReader(got))
			if err != nil {
				t.Fatal(err)
			}
			w, h := m.Bounds().Dx(), m.Bounds().Dy()
			x, y := 4, 4
			if corner.right {
				x = w - 5
			}
			if corner.bottom {
				y = h - 5
			}
			if r, _, b, _ := m.At(x, y).RGBA(); (h > w) != corner.tall || r < b {
				t.Errorf("orientation %d: %d by %d, red %d, blue %d where red should be", orientation, w, h, r>>8, b>>8)
			}
			if bytes.Contains(got, []byte("Anna")) {
				t.Errorf("orientation %d: the secret is still there", orientation)
			}
		}
	}
}

func chunk(kind, data string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// drawing is a PNG with chunks after its header and more after its end.
func drawing(t testing.TB, after string, chunks ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, picture()); err != nil {
		t.Fatal(err)
	}
	const header = 8 + 25
	out := bytes.Clone(b.Bytes()[:header])
	for _, c := range chunks {
		out = append(out, c...)
	}
	return append(append(out, b.Bytes()[header:]...), after...)
}

func TestPNGKeepsThePictureOnly(t *testing.T) {
	got := strip(t, content.PNG, drawing(t, secret, chunk("tEXt", "Author\x00"+secret), chunk("eXIf", secret), chunk("gAMA", "\x00\x00\xb1\x8f"), chunk("tIME", "1234567")))
	if want := drawing(t, "", chunk("gAMA", "\x00\x00\xb1\x8f")); !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
	if _, err := png.Decode(bytes.NewReader(got)); err != nil {
		t.Error(err)
	}
}

func riff(kind, data string) string {
	b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data)))
	return string(b) + data + strings.Repeat("\x00", len(data)%2)
}

func webp(chunks ...string) []byte {
	body := "WEBP" + strings.Join(chunks, "")
	return []byte(riff("RIFF", body))
}

func TestWebPKeepsThePictureOnly(t *testing.T) {
	extended := func(flags byte) string {
		return riff("VP8X", string([]byte{flags, 0, 0, 0, 63, 0, 0, 31, 0, 0}))
	}
	picture := riff("VP8L", "\x2f\x00\x00\x00\x00")
	got := strip(t, content.WebP, append(webp(extended(0x2c), riff("ICCP", "profile"), picture, riff("EXIF", secret), riff("XMP ", secret), riff("ZZZZ", secret)), secret...))
	if want := webp(extended(0x20), riff("ICCP", "profile"), picture); !bytes.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestDamagedImages(t *testing.T) {
	jpg, p, w := photo(t, ""), drawing(t, ""), webp(riff("VP8L", "x"))
	flipped := bytes.Clone(p)
	flipped[20] ^= 1
	big := bytes.Clone(photo(t, "", exif(binary.BigEndian, "MM", 6)))
	at := bytes.Index(big, []byte{0xff, 0xc0})
	copy(big[at+5:], []byte{0xff, 0xff, 0xff, 0xff}) // 65,535 by 65,535
	for _, c := range []struct {
		what string
		kind content.Type
		data []byte
		want string
	}{
		{"a JPEG cut in its segments", content.JPEG, jpg[:100], "file.image"},
		{"a JPEG cut in its picture", content.JPEG, jpg[:len(jpg)-2], "file.image"},
		{"a JPEG of a head", content.JPEG, jpg[:2], "file.image"},
		{"a JPEG with a wrong length", content.JPEG, []byte{0xff, 0xd8, 0xff, 0xe1, 0, 1, 0, 0}, "file.image"},
		{"a JPEG too big to turn", content.JPEG, big, "file.pixels"},
		{"a PNG cut", content.PNG, p[:len(p)-12], "file.image"},
		{"a PNG with a wrong checksum", content.PNG, flipped, "file.image"},
		{"a PNG of a signature", content.PNG, p[:8], "file.image"},
		{"a WebP cut", content.WebP, w[:len(w)-3], "file.image"},
		{"a WebP of a head", content.WebP, w[:9], "file.image"},
		{"a WebP with a short VP8X", content.WebP, webp(riff("VP8X", "x")), "file.image"},
	} {
		_, err := content.Strip(c.kind, c.data, "x")
		if e := fault.From(err); err == nil || len(e.Fields) != 1 || e.Fields[0].Code != c.want {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
}

func FuzzStrip(f *testing.F) {
	f.Add(1, photo(f, "", exif(binary.BigEndian, "MM", 6)))
	f.Add(0, drawing(f, "", chunk("tEXt", "x")))
	f.Add(2, webp(riff("VP8L", "x")))
	f.Fuzz(func(t *testing.T, kind int, data []byte) {
		k := content.Images()[(kind%3+3)%3]
		out, err := content.Strip(k, data, "x")
		if err != nil {
			return
		}
		if again, err := content.Strip(k, out, "x"); err != nil || !bytes.Equal(again, out) {
			t.Errorf("what came out is not clean: %v", err)
		}
	})
}
