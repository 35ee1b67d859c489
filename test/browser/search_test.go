package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"beffroi/test/browser/probe"
)

// The box of every page suggests while one types, from the real index; the
// keyboard chooses. On the page of results the words are marked, and a filter is
// one link away.
func TestSearchSuggests(t *testing.T) {
	w := arrive(t, newHouse(t), "/", "", false)
	w.page.Do(chromedp.SendKeys("#site-search", "berge"), chromedp.WaitVisible(chromedp.CSS(`.find [role="option"]`)), chromedp.SendKeys("#site-search", kb.ArrowDown))
	chosen := probe.Eval[string](w.page, `document.getElementById(document.querySelector("#site-search").getAttribute("aria-activedescendant")).textContent`)
	if want := "Mons (Bergen)Commune"; chosen != want {
		t.Errorf("the first suggestion is %q, want %q", chosen, want)
	}
	w.arrived(probe.Follow(w.page, chromedp.SendKeys("#site-search", kb.Enter)), "Enter on a suggestion")
	if w.at() != "/communes/53053" {
		t.Errorf("Enter leads to %s", w.at())
	}
	w.open("/search?q=quevy")
	if !probe.Visible(w.page, ".hits mark") {
		t.Error("no word is marked")
	}
	w.follow(`.facets a[href*="kind=commune"]`)
	w.says("h1", "Recherche")
	if !probe.Visible(w.page, `.facets a[aria-current="true"][href*="kind=commune"]`) {
		t.Error("the filter does not say that it is chosen")
	}
}
