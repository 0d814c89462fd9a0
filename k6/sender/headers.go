package sender

import (
	"net/http"
	"regexp"
	"strings"
)

// What an answer says of limits goes into the ledger as it stands: analysis reads it. contract/request/recorded-headers.ts does the same
// for k6/http.

// named is a header as the ledger spells it, and as net/http does.
type named struct{ name, canonical string }

func namedHeaders(names ...string) []named {
	all := make([]named, 0, len(names))
	for _, name := range names {
		all = append(all, named{name, http.CanonicalHeaderKey(name)})
	}
	return all
}

var (
	retryAfter   = namedHeaders("Retry-After")[0]
	quotaHeaders = namedHeaders(
		"RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset",
		"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
		"X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset",
	)
	// date is kept beside a header that may tell a time: it is read against this clock.
	date = namedHeaders("Date")[0]

	tellsTime   = regexp.MustCompile(`:|\d{9}`)
	unprintable = regexp.MustCompile(`[^\x20-\x7e]+`)
	longWord    = regexp.MustCompile(`[A-Za-z0-9_]{20,}`)
	hasLetter   = regexp.MustCompile(`[A-Za-z_]`)
)

const (
	maxHeaderText = 256
	minHidden     = 4
)

// recordedHeaders gives Retry-After (of a refusal) and the rate limit headers as one JSON object of texts; empty if there is
// none. Texts are bounded and printable, and what may be a secret is hidden.
func recordedHeaders(header http.Header, isLimited bool, secrets ...string) string {
	var all []byte
	mayTellTime := false
	add := func(what named) {
		values := header[what.canonical]
		if len(values) == 0 {
			return
		}
		text := cleanHeader(strings.Join(values, ", "), secrets)
		mayTellTime = mayTellTime || tellsTime.MatchString(text)
		if all == nil {
			all = append(all, '{')
		} else {
			all = append(all, ',')
		}
		all = append(append(append(all, '"'), what.name...), `":"`...)
		all = append(appendJSON(all, text), '"')
	}
	if isLimited {
		add(retryAfter)
	}
	for _, what := range quotaHeaders {
		add(what)
	}
	if all == nil {
		return ""
	}
	if mayTellTime {
		add(date)
	}
	return string(append(all, '}'))
}

func cleanHeader(text string, secrets []string) string {
	clean := func(text string) string { return strings.Trim(unprintable.ReplaceAllString(text, "?"), " ") }
	text = clean(text)
	for _, secret := range secrets {
		if secret = clean(secret); len(secret) >= minHidden {
			text = strings.ReplaceAll(text, secret, "*")
		}
	}
	if len(text) >= 20 {
		text = longWord.ReplaceAllStringFunc(text, func(word string) string {
			if hasLetter.MatchString(word) {
				return "*"
			}
			return word
		})
	}
	if len(text) > maxHeaderText {
		return text[:maxHeaderText] + "..."
	}
	return text
}
