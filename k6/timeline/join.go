package timeline

const (
	// graceUs is how long a trail waits for its outcome, and an outcome for its trail.
	graceUs = 5_000_000
	// maxPending bounds the memory of the join; beyond it some are given up.
	maxPending = 100_000
)

// said is what is known of an answer beside its status. Numbers may be absent.
type said struct {
	outcome string
	// headers is a JSON object; empty if the answer says nothing of limits.
	headers    string
	answerHash int64
	// error takes the place of k6's code.
	error int64
	// location is where a redirect leads; empty for none.
	location string
}

var saidNothing = said{outcome: unclassified, answerHash: absent, error: absent}

type earlyOutcome struct {
	said
	seenUs int64
}

// join brings a request's trail and the outcome that the script says of it together, by request id and in either order.
type join struct {
	// pending are trails whose outcome has not come yet, early the other way about.
	pending map[string]request
	early   map[string]earlyOutcome
	// unmatched counts outcomes that never found their trail.
	unmatched int
	// finish takes each request with its outcome, once.
	finish func(*request, said)
}

func newJoin(finish func(*request, said)) *join {
	return &join{pending: map[string]request{}, early: map[string]earlyOutcome{}, finish: finish}
}

func (j *join) trail(r *request) {
	if r.id == "" {
		j.finish(r, saidNothing)
		return
	}
	if e, found := j.early[r.id]; found {
		delete(j.early, r.id)
		j.finish(r, e.said)
		return
	}
	j.pending[r.id] = *r
}

func (j *join) outcome(id string, answer said, nowUs int64) {
	if r, found := j.pending[id]; found {
		delete(j.pending, id)
		j.finish(&r, answer)
		return
	}
	j.early[id] = earlyOutcome{said: answer, seenUs: nowUs}
}

func (j *join) isFull() bool {
	return len(j.pending) > maxPending || len(j.early) > maxPending
}

// giveUpBefore ends the waiting of what came before the given time, and of more while there is too much.
func (j *join) giveUpBefore(limitUs int64) {
	for id, r := range j.pending {
		if r.seenUs < limitUs || len(j.pending) > maxPending {
			delete(j.pending, id)
			j.finish(&r, saidNothing)
		}
	}
	for id, e := range j.early {
		if e.seenUs < limitUs || len(j.early) > maxPending {
			delete(j.early, id)
			j.unmatched++
		}
	}
}
