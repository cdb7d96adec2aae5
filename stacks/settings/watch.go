package settings

import (
	"net/mail"
	"net/url"
)

const maxBudgetUSD = 10_000_000

// checkWatch looks at who is told, and of what.
func (l *loader) checkWatch(s Settings) {
	w := s.Watch
	if w == nil {
		return
	}
	if s.Target == "local" {
		l.addf("watch is given, but on target local nothing is told: `spotgrid status` shows it")
		return
	}
	if len(w.Mails) == 0 {
		l.addf("watch.mails is empty, want one address or more of those who are told")
	}
	for i, m := range w.Mails {
		if parsed, err := mail.ParseAddress(m); err != nil || parsed.Address != m {
			l.addf("%s is %q, want an address such as platform@example.com", place("watch.mails", i), m)
		}
	}
	for i, h := range w.Webhooks {
		l.https(place("watch.webhooks", i), h)
	}
	l.https("watch.runbookUrl", w.RunbookURL)
	l.between("watch.monthlyBudgetUsd", w.MonthlyBudgetUSD, 1, maxBudgetUSD)
}

func (l *loader) https(path, text string) {
	if u, err := url.Parse(text); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		l.addf("%s is %q, want an https URL", path, text)
	}
}
