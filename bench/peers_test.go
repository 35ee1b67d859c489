package main

import (
	"encoding/json"
	"testing"
)

// The key under which pocketbase/load stores an entry has 15 characters.
func TestPeerID(t *testing.T) {
	r := ref{2026, 42}
	if r.String() != "L-2026-000042" || r.peerID() != "l00002026000042" || len(r.peerID()) != 15 {
		t.Errorf("%s, %s", r, r.peerID())
	}
}

func TestEntriesJumpAbout(t *testing.T) {
	w := &workbench{}
	for n := range int64(1000) {
		w.refs = append(w.refs, ref{2026, n + 1})
	}
	seen := map[ref]bool{}
	for i := range 1000 {
		seen[w.entry(i)] = true
	}
	if len(seen) != 1000 {
		t.Errorf("1000 requests ask for %d entries", len(seen))
	}
}

func TestPostingIsJSON(t *testing.T) {
	w := &workbench{}
	for _, i := range []int{0, 9, 28, 12_345_678} {
		var body struct {
			Date   string
			Amount int64
		}
		if err := json.Unmarshal([]byte(w.posting(i)), &body); err != nil || len(body.Date) != 10 || body.Amount <= 0 {
			t.Errorf("%d: %+v, %v", i, body, err)
		}
	}
}
