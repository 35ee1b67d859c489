package content

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/jpeg"

	"beffroi/internal/platform/fault"
)

// maxPixels bounds the images that are turned, which is done in memory: seven
// bytes a pixel.
const maxPixels = 50_000_000

// errImage says that an image is not built as its format wants.
var errImage = errors.New("content: the image is damaged")

// Strip gives an image without what it tells beside the picture: place, time,
// camera, comments, thumbnails, and whatever stands after its end. The picture
// itself is copied as it is; a JPEG that its camera held on its side is turned
// and written anew. Files that are no image come back as they are.
func Strip(t Type, data []byte, name string) (out []byte, err error) {
	switch t {
	case JPEG:
		out, err = stripJPEG(data)
	case PNG:
		out, err = stripPNG(data)
	case WebP:
		out, err = stripWebP(data)
	default:
		return data, nil
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return nil, refuse(name, e.Code, e.Args)
	}
	if err != nil {
		return nil, refuse(name, "file.image", nil)
	}
	return out, nil
}

// Markers of JPEG (ITU T.81, table B.1).
const (
	soi, eoi, sos   = 0xd8, 0xd9, 0xda
	app0, app1      = 0xe0, 0xe1
	app2, app14     = 0xe2, 0xee
	app15, com      = 0xef, 0xfe
	rst0, rst7, tem = 0xd0, 0xd7, 0x01
)

// stripJPEG keeps the segments that the picture needs: of the application's
// only JFIF, the colour profile and Adobe's transform.
func stripJPEG(data []byte) ([]byte, error) {
	out := []byte{0xff, soi}
	orientation := 1
	for at := 2; ; {
		if at+4 > len(data) || data[at] != 0xff {
			return nil, errImage
		}
		marker := data[at+1]
		if marker == 0xff { // fill
			at++
			continue
		}
		end := at + 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == eoi || marker <= tem || marker >= rst0 && marker <= soi || end > len(data) || end < at+4 {
			return nil, errImage
		}
		segment := data[at:end]
		if marker == app1 {
			orientation = max(orientation, exifOrientation(segment[4:]))
		}
		if keepsJPEG(marker, segment[4:]) {
			out = append(out, segment...)
		}
		if at = end; marker == sos {
			scan := scanEnd(data[at:])
			if out, at = append(out, data[at:at+scan]...), at+scan; at+2 <= len(data) && data[at+1] == eoi {
				return turned(append(out, 0xff, eoi), orientation)
			}
		}
	}
}

func keepsJPEG(marker byte, payload []byte) bool {
	switch {
	case marker == app0:
		return bytes.HasPrefix(payload, []byte("JFIF\x00"))
	case marker == app2:
		return bytes.HasPrefix(payload, []byte("ICC_PROFILE\x00"))
	case marker == app14:
		return bytes.HasPrefix(payload, []byte("Adobe"))
	}
	return marker != com && (marker < app1 || marker > app15)
}

// scanEnd is where the coded data of a scan end: at a marker that is neither a
// stuffed byte nor a restart.
func scanEnd(data []byte) int {
	for i := 0; i+1 < len(data); i++ {
		if next := data[i+1]; data[i] == 0xff && next != 0 && next != 0xff && (next < rst0 || next > rst7) {
			return i
		}
	}
	return len(data)
}

// exifOrientation reads tag 0x0112 of the first directory of an Exif segment
// (CIPA DC-008, 4.6.4): 1 to 8, 1 when there is none.
func exifOrientation(payload []byte) int {
	tiff, ok := bytes.CutPrefix(payload, []byte("Exif\x00\x00"))
	if !ok || len(tiff) < 8 {
		return 1
	}
	order := binary.ByteOrder(binary.BigEndian)
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for n := int(order.Uint16(tiff[at:])); n > 0 && len(entries) >= 12; n-- {
		if order.Uint16(entries) == 0x0112 {
			if v := int(order.Uint16(entries[8:])); v >= 1 && v <= 8 {
				return v
			}
		}
		entries = entries[12:]
	}
	return 1
}

// turned holds the picture upright.
func turned(data []byte, orientation int) ([]byte, error) {
	if orientation == 1 {
		return data, nil
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if int64(c.Width)*int64(c.Height) > maxPixels {
		return nil, fault.New(fault.Invalid, "file.pixels", fault.Args{"n": int64(c.Width) * int64(c.Height) / 1_000_000, "max": int64(maxPixels / 1_000_000)})
	}
	src, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = jpeg.Encode(&out, upright(src, orientation), &jpeg.Options{Quality: 90})
	return out.Bytes(), err
}

// upright copies a picture pixel by pixel to where its orientation puts it:
// 2 mirrored, 3 upside down, 4 both, 5 to 8 the same on its side.
func upright(src image.Image, orientation int) image.Image {
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		dst = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	place := map[int]func(x, y int) (int, int){
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return h - 1 - y, x },
		7: func(x, y int) (int, int) { return h - 1 - y, w - 1 - x },
		8: func(x, y int) (int, int) { return y, w - 1 - x },
	}[orientation]
	for y := range h {
		for x := range w {
			tx, ty := place(x, y)
			dst.Set(tx, ty, src.At(src.Bounds().Min.X+x, src.Bounds().Min.Y+y))
		}
	}
	return dst
}

// chunksPNG are the chunks that the picture needs (PNG, third edition, 11).
var chunksPNG = map[string]bool{"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true, "gAMA": true, "cHRM": true, "sRGB": true,
	"iCCP": true, "cICP": true, "sBIT": true, "pHYs": true, "bKGD": true}

func stripPNG(data []byte) ([]byte, error) {
	const signature = 8
	out := bytes.Clone(data[:min(len(data), signature)])
	for at := signature; ; {
		if at+12 > len(data) {
			return nil, errImage
		}
		end := int64(at) + 12 + int64(binary.BigEndian.Uint32(data[at:]))
		if end > int64(len(data)) {
			return nil, errImage
		}
		chunk := data[at:end]
		kind := string(chunk[4:8])
		if crc32.ChecksumIEEE(chunk[4:len(chunk)-4]) != binary.BigEndian.Uint32(chunk[len(chunk)-4:]) || at == signature && kind != "IHDR" {
			return nil, errImage
		}
		if chunksPNG[kind] {
			out = append(out, chunk...)
		}
		if kind == "IEND" {
			return out, nil
		}
		at = int(end)
	}
}

// stripWebP drops the chunks EXIF and XMP and takes back their flags in VP8X
// (RFC 9649, 2.7). The orientation goes with them: Go has no writer of WebP.
func stripWebP(data []byte) ([]byte, error) {
	const header, exif, xmp = 12, 0x08, 0x04
	if len(data) < header || int64(binary.LittleEndian.Uint32(data[4:]))+8 > int64(len(data)) {
		return nil, errImage
	}
	data = data[:binary.LittleEndian.Uint32(data[4:])+8]
	out := bytes.Clone(data[:header])
	for at := header; at < len(data); {
		if at+8 > len(data) {
			return nil, errImage
		}
		size := int64(binary.LittleEndian.Uint32(data[at+4:]))
		end := int64(at) + 8 + size + size%2
		if end > int64(len(data)) {
			return nil, errImage
		}
		switch chunk := bytes.Clone(data[at:end]); string(chunk[:4]) {
		case "VP8X":
			if size < 10 {
				return nil, errImage
			}
			chunk[8] &^= exif | xmp
			out = append(out, chunk...)
		case "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF", "ICCP":
			out = append(out, chunk...)
		}
		at = int(end)
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}
