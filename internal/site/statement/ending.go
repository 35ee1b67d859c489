package statement

import (
	"time"

	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/privacy"
)

// i18n: privacy.end.* privacy.why.* privacy.event.*

// EndText says what becomes of data: how is Delete, Replace, Rename or Keep of
// package privacy, why the reason of what is kept.
func EndText(p *i18n.Printer, how, why string) string {
	if how == privacy.Keep {
		return p.T("privacy.end.keep", "why", p.T("privacy.why."+why))
	}
	return p.T("privacy.end." + how)
}

// TermText says for how long data are kept and from when.
func TermText(p *i18n.Printer, event string, after time.Duration) string {
	return p.T("privacy.term", "after", durationText(p, after), "event", p.T("privacy.event."+event))
}

// durationText is a time in whole years, days or hours.
func durationText(p *i18n.Printer, d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d == 0:
		return p.T("privacy.atonce")
	case d%(365*day) == 0:
		return p.N("privacy.years", int64(d/(365*day)))
	case d%day == 0:
		return p.N("privacy.days", int64(d/day))
	}
	return p.N("privacy.hours", int64(d/time.Hour))
}

// endings are the words of what becomes of the data of an activity.
func endings(p *i18n.Printer, a privacy.Activity) []Word {
	list := []Word{}
	for _, e := range a.Ends {
		code := e.How
		if e.Why != "" {
			code += "." + e.Why
		}
		list = append(list, Word{code, EndText(p, e.How, e.Why)})
	}
	return list
}

// terms are the words of the times after which data go by themselves.
func terms(p *i18n.Printer, a privacy.Activity) []Word {
	list := []Word{}
	for _, t := range a.Terms {
		list = append(list, Word{t.Event, TermText(p, t.Event, t.After)})
	}
	return list
}
