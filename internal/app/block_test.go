package app_test

import (
	"strings"
	"testing"
)

// Rooms stand on the pages of earlier rooms, which do not know them.
func TestBlocksStandOnThePagesOfOthers(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.read(t)
		for page, block := range map[string]string{"/bodies/body-069": `id="missions"`, "/missions/SUP-APP": `id="projects"`} {
			if body := w.get(t, page).Body.String(); !strings.Contains(body, block) {
				t.Errorf("%s has no %s", page, block)
			}
		}
		if body := w.get(t, "/bodies/body-001").Body.String(); strings.Contains(body, `id="missions"`) {
			t.Error("a body without missions has the block all the same")
		}
	})
}
