package geo

import (
	"fmt"
	"strconv"
	"strings"
)

// CRS is a coordinate reference system, by EPSG number. The zero value means
// "not declared".
type CRS int

// The systems in which Belgian boundaries are published.
const (
	EPSG4326  CRS = 4326  // WGS 84, degrees; always longitude first, as in GeoJSON
	EPSG31370 CRS = 31370 // Belge 1972 / Belgian Lambert 72, metres
	EPSG3812  CRS = 3812  // ETRS89 / Belgian Lambert 2008, metres
)

// String gives "EPSG:31370", or "" for the zero value.
func (c CRS) String() string {
	if c == 0 {
		return ""
	}
	return "EPSG:" + strconv.Itoa(int(c))
}

// ParseCRS reads the spellings found in files: "EPSG:31370", "31370",
// "urn:ogc:def:crs:EPSG::31370", "http://www.opengis.net/def/crs/EPSG/0/3812",
// "urn:ogc:def:crs:OGC:1.3:CRS84", "WGS84". ETRS89 (EPSG:4258) is taken as
// WGS 84: the two differ by less than a metre, as in GDAL. Any other system is
// an error.
func ParseCRS(s string) (CRS, error) {
	name := strings.ToUpper(strings.TrimSpace(s))
	if i := strings.LastIndexAny(name, ":/"); i >= 0 {
		name = name[i+1:]
	}
	switch strings.ReplaceAll(name, " ", "") {
	case "4326", "4258", "CRS84", "WGS84":
		return EPSG4326, nil
	case "31370":
		return EPSG31370, nil
	case "3812":
		return EPSG3812, nil
	}
	return 0, fmt.Errorf("geo: unknown coordinate reference system %q", s)
}

// box is the range of believable coordinates in a CRS.
type box struct{ minX, minY, maxX, maxY float64 }

func (b box) has(x, y float64) bool {
	return x >= b.minX && x <= b.maxX && y >= b.minY && y <= b.maxY
}

var (
	degrees = box{-180, -90, 180, 90}
	// belgium in degrees, used only to notice swapped axes.
	belgium = box{2.3, 49.3, 6.6, 51.7}
)

// believable is the whole world for degrees and Belgium with some 20 km of
// margin for the two national grids. The grids do not overlap, so one taken for
// the other is always noticed.
func (c CRS) believable() box {
	switch c {
	case EPSG31370:
		return box{0, 0, 320_000, 270_000}
	case EPSG3812:
		return box{500_000, 500_000, 820_000, 770_000}
	}
	return degrees
}

// looksLike guesses the CRS of one position, 0 when none fits. Small numbers
// are taken as degrees: the corner of Lambert 72 near (0, 0) is in France.
func looksLike(x, y float64) CRS {
	for _, c := range []CRS{EPSG4326, EPSG31370, EPSG3812} {
		if c.believable().has(x, y) {
			return c
		}
	}
	return 0
}
