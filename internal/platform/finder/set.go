package finder

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// A set of document numbers is cut into chunks; a chunk in the database is one
// row of search_term.
const (
	chunkBits  = 15
	chunkSize  = 1 << chunkBits // documents
	chunkWords = chunkSize / 64
	chunkBytes = chunkSize / 8
)

type chunk [chunkWords]uint64

// set holds document numbers. Its chunks are never written once it is made, so
// that sets may share them; nil chunks are empty.
type set []*chunk

func (s set) at(i int) *chunk {
	if i < len(s) {
		return s[i]
	}
	return nil
}

// combine makes a set chunk by chunk. f is given no empty chunks; where one side
// is empty the result is what alone gives: a, b or nothing.
func combine(a, b set, keepA, keepB bool, f func(x, y uint64) uint64) set {
	out := make(set, max(len(a), len(b)))
	for i := range out {
		x, y := a.at(i), b.at(i)
		switch {
		case x != nil && y != nil:
			c := &chunk{}
			for w := range c {
				c[w] = f(x[w], y[w])
			}
			out[i] = c
		case x != nil && keepA:
			out[i] = x
		case y != nil && keepB:
			out[i] = y
		}
	}
	return out
}

func (s set) and(o set) set {
	return combine(s, o, false, false, func(x, y uint64) uint64 { return x & y })
}

func (s set) or(o set) set {
	return combine(s, o, true, true, func(x, y uint64) uint64 { return x | y })
}

func (s set) without(o set) set {
	return combine(s, o, true, false, func(x, y uint64) uint64 { return x &^ y })
}

func (s set) count() (n int) {
	for _, c := range s {
		if c != nil {
			for _, w := range c {
				n += bits.OnesCount64(w)
			}
		}
	}
	return n
}

// shared is how many numbers two sets share.
func (s set) shared(o set) (n int) {
	for i, c := range s {
		if d := o.at(i); c != nil && d != nil {
			for w := range c {
				n += bits.OnesCount64(c[w] & d[w])
			}
		}
	}
	return n
}

func (s set) empty() bool {
	for _, c := range s {
		if c != nil && *c != (chunk{}) {
			return false
		}
	}
	return true
}

// ids lists the numbers, upwards.
func (s set) ids() (list []int64) {
	for i, c := range s {
		if c == nil {
			continue
		}
		for w, word := range c {
			for ; word != 0; word &= word - 1 {
				list = append(list, int64(i)<<chunkBits|int64(w*64+bits.TrailingZeros64(word)))
			}
		}
	}
	return list
}

// head is the k smallest numbers.
func (s set) head(k int) set {
	list := s.ids()
	return setOf(list[:min(max(0, k), len(list))]...)
}

// above is the numbers greater than id.
func (s set) above(id int64) set {
	out := make(set, len(s))
	first := int(id >> chunkBits)
	for i, c := range s {
		switch {
		case c == nil || i < first:
		case i > first:
			out[i] = c
		default:
			cut := *c
			for w := range cut {
				switch at := int(id)&(chunkSize-1) - w*64; {
				case at >= 63:
					cut[w] = 0
				case at >= 0:
					cut[w] &= ^uint64(0) << (at + 1)
				}
			}
			out[i] = &cut
		}
	}
	return out
}

func setOf(ids ...int64) (s set) {
	for _, id := range ids {
		s = s.room(int(id >> chunkBits))
		s[id>>chunkBits].put(uint16(id&(chunkSize-1)), true)
	}
	return s
}

// room makes sure that a chunk is there to be written. It is for sets in the making.
func (s set) room(i int) set {
	for len(s) <= i {
		s = append(s, nil)
	}
	if s[i] == nil {
		s[i] = &chunk{}
	}
	return s
}

func (c *chunk) put(at uint16, on bool) {
	if on {
		c[at/64] |= 1 << (at % 64)
	} else {
		c[at/64] &^= 1 << (at % 64)
	}
}

// merge adds the numbers of a row to the chunk.
func (c *chunk) merge(row []byte) error {
	switch {
	case len(row) == chunkBytes:
		for w := range c {
			c[w] |= binary.LittleEndian.Uint64(row[w*8:])
		}
		return nil
	case len(row) > chunkBytes || len(row)%2 != 0:
		return fmt.Errorf("finder: a row of %d bytes is no set", len(row))
	}
	for ; len(row) > 0; row = row[2:] {
		at := binary.LittleEndian.Uint16(row)
		if at >= chunkSize {
			return fmt.Errorf("finder: %d is beyond a chunk", at)
		}
		c.put(at, true)
	}
	return nil
}

// row writes a chunk: its numbers in two bytes each while that is shorter than
// its bits; nil when it is empty.
func (c *chunk) row() []byte {
	list := (set{c}).ids()
	if len(list) == 0 {
		return nil
	}
	if len(list)*2 < chunkBytes {
		row := make([]byte, 0, len(list)*2)
		for _, at := range list {
			row = binary.LittleEndian.AppendUint16(row, uint16(at))
		}
		return row
	}
	row := make([]byte, 0, chunkBytes)
	for _, w := range c {
		row = binary.LittleEndian.AppendUint64(row, w)
	}
	return row
}

// number is a number of each document, kept as the sets of the documents that
// have each bit of it (O’Neil and Quass 1997, bit-sliced indexes).
type number []set

// atMost is the members of s whose number is at most v.
func (n number) atMost(s set, v int64) set {
	var less set
	for bit := len(n) - 1; bit >= 0; bit-- {
		zero := s.without(n[bit])
		if v>>bit&1 == 1 {
			less, s = less.or(zero), s.and(n[bit])
		} else {
			s = zero
		}
	}
	return less.or(s)
}

// equal is the members of s whose number is v.
func (n number) equal(s set, v int64) set {
	for bit := range n {
		if v>>bit&1 == 1 {
			s = s.and(n[bit])
		} else {
			s = s.without(n[bit])
		}
	}
	return s
}

// lowest is the k members of s with the lowest numbers; among equal ones those
// with the lowest document numbers.
func (n number) lowest(s set, k int) set {
	var sure set
	found := 0
	for bit := len(n) - 1; bit >= 0 && found < k; bit-- {
		zero := s.without(n[bit])
		if c := zero.count(); found+c > k {
			s = zero
		} else {
			sure, found, s = sure.or(zero), found+c, s.and(n[bit])
		}
	}
	return sure.or(s.head(k - found))
}
