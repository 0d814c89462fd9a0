package timeline

import (
	"strconv"
	"strings"
	"time"

	"go.k6.io/k6/v2/lib/netext/httpext"
	"go.k6.io/k6/v2/metrics"
)

// Names shared with contract/journal/k6-metrics.ts.
const (
	metricPrefix        = "webhook_"
	effectMetric        = "webhook_effects"
	readbackMetric      = "webhook_readbacks"
	pollMetric          = "webhook_polls"
	sightingMetric      = "webhook_sightings"
	metadataRequest     = "request"
	metadataSignal      = "signal"
	metadataWebhook     = "webhook"
	metadataProcessedAt = "processed_at_us"
	metadataHeaders     = "headers"
	metadataAnswerHash  = "answer_hash"
	metadataTotal       = "total"
	metadataTookMs      = "took_ms"
	metadataMissing     = "missing"
	metadataState       = "state"
	metadataError       = "error"
	metadataLocation    = "location"
	purposeTag          = "purpose"
	unclassified        = "unclassified"
)

// Purposes and outcomes, as in contract/journal/outcomes.ts.
var (
	purposes = []string{"load", "probe", "setup", "readback"}
	outcomes = []string{"accepted", "duplicate", "pending", "changed", "limited", "rejected", "failed", "timeout", "abandoned", "unsent"}
)

// tagged is what the tags of a trail say. There are few distinct sets of tags, so it is read once for each.
type tagged struct {
	phase   string
	purpose string
	status  int
	error   int
}

func readTags(tags *metrics.TagSet) tagged {
	text := func(name string) string {
		value, _ := tags.Get(name)
		return value
	}
	number := func(name string) int {
		value, err := strconv.Atoi(text(name))
		if err != nil {
			return 0
		}
		return value
	}
	purpose := text(purposeTag)
	if purpose == "" {
		// A script that is not ours: what it sends is its load, but for setup and teardown.
		purpose = "load"
		if group := text("group"); group == "::setup" || group == "::teardown" {
			purpose = "setup"
		}
	}
	return tagged{
		phase:   text("scenario"),
		purpose: purpose,
		status:  number("status"),
		error:   number("error_code"),
	}
}

// absent stands for a number that is not there.
const absent = -1

// numberIn reads a whole number of a metadata text, or gives absent.
func numberIn(text string) int64 {
	if text == "" {
		return absent
	}
	number, err := strconv.ParseUint(text, 10, 53)
	if err != nil {
		return absent
	}
	return int64(number) //nolint:gosec // 53 bits fit
}

// request is one HTTP request as its trail tells it. With k6/http the outcome comes later, from the script.
type request struct {
	tagged
	id        string
	signal    string
	webhook   int64
	sendUs    int64
	endUs     int64
	connectUs int64
	// seenUs is when the trail arrived here.
	seenUs int64
}

func newRequest(trail *httpext.Trail, tags tagged, clock *runClock, seenUs int64) request {
	endUs := clock.us(trail.EndTime)
	service := trail.Duration.Microseconds()
	// Blocked reaches from asking for a connection to having one, so it includes connecting and TLS where this request
	// opened its own; where another's connection came free first, those two may be longer than the wait was.
	connect := max(trail.Blocked, 0)
	if !trail.ConnReused {
		connect = max(connect, trail.ConnDuration)
	}
	return request{
		tagged:    tags,
		id:        trail.Metadata[metadataRequest],
		signal:    trail.Metadata[metadataSignal],
		webhook:   numberIn(trail.Metadata[metadataWebhook]),
		sendUs:    endUs - service,
		endUs:     endUs,
		connectUs: roundUs(connect),
		seenUs:    seenUs,
	}
}

func roundUs(d time.Duration) int64 {
	return d.Microseconds()
}

// outcomeOf gives the outcome that a metric's name stands for, and whether it is such a metric: webhook_<purpose>_<outcome>.
func outcomeOf(metric string) (string, bool) {
	rest, ours := strings.CutPrefix(metric, metricPrefix)
	if !ours {
		return "", false
	}
	for _, purpose := range purposes {
		name, found := strings.CutPrefix(rest, purpose+"_")
		if !found {
			continue
		}
		for _, outcome := range outcomes {
			if name == outcome {
				return outcome, true
			}
		}
	}
	return "", false
}
