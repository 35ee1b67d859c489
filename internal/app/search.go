package app

import (
	"fmt"
	"io/fs"

	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/search"
	"beffroi/internal/site/staff"
)

// findable tells the finder what each room offers, and what the pack says of
// abbreviations and other names.
func (h *House) findable(pack fs.FS) error {
	var phrases *search.Phrasebook
	file, err := pack.Open("phrases.csv")
	if err == nil {
		defer file.Close()
		if phrases, err = search.ReadPhrases(file); err != nil {
			return fmt.Errorf("pack %s: %w", h.config.Pack, err)
		}
	}
	h.Finder = finder.New(h.DB, phrases, h.Territory.Findable(), h.Series.Findable(), h.Party.Findable(), h.Mission.Findable(), h.Project.Findable(),
		h.Key.Findable(), staff.Findable(), intake.Findable())
	return nil
}

func runSearch(c *call) error {
	c.config.flags(c.flags, c.env)
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) != 1 || c.args[0] != "rebuild" {
		return c.usage("search knows one verb: search rebuild")
	}
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	n, err := h.Finder.Rebuild(c.ctx, func(n int) {
		if terminal(c.Err) {
			fmt.Fprintf(c.Err, "\r\033[K%d documents", n)
		}
	})
	if terminal(c.Err) {
		fmt.Fprint(c.Err, "\r\033[K")
	}
	if err == nil {
		fmt.Fprintf(c.Out, "%d documents can be found\n", n)
	}
	return err
}
