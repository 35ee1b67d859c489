package object

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

func TestUUID(t *testing.T) {
	// A change here renames everything that readers elsewhere have kept.
	if got := UUID("province", "mission:TER-EAU"); got != "25f91568-72e5-82f1-856d-f57c8425b7a1" {
		t.Errorf("the name of a thing changed: %s", got)
	}
	shape := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	rapid.Check(t, func(t *rapid.T) {
		space, name := rapid.String().Draw(t, "space"), rapid.String().Draw(t, "name")
		id := UUID(space, name)
		if !shape.MatchString(id) || id != UUID(space, name) {
			t.Fatalf("%q is no lasting UUID", id)
		}
		if id == UUID(space, name+"x") || id == UUID(space+"x", name) {
			t.Fatalf("another thing is named %s too", id)
		}
	})
}
