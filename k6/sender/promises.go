package sender

import (
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// promises counts, for all VUs of the process, the effects that the answers so far promise: one for each acceptance of a
// signal, and one for a signal that was only called a duplicate. Read-back waits for them.
type promises struct {
	mutex sync.Mutex
	// once holds codes of signals that have one effect however often they are accepted, see contract/plan/roles.ts.
	once map[string]bool
	// known are signals by all of their id but its number, then by this number: a long run has millions of them.
	known map[string][]promised
	// first holds the hash of the first acceptance of a signal: the same answer again is a replay.
	first map[signalKey]int64
	began time.Time
	// interrupted is set by SIGINT and SIGTERM: nobody waits for a backlog then.
	interrupted atomic.Bool
}

// promised is what was promised of one signal.
type promised struct {
	// times is how often it was accepted; its highest bit, whether it was called a duplicate.
	times uint16
	// sentMs and answeredMs are of its last promise, since the process began.
	sentMs, answeredMs uint32
}

const (
	toldDuplicate uint16 = 1 << 15
	maxPromised          = toldDuplicate - 1
	// maxNumber bounds the memory of ids that are not ours. They are not waited for.
	maxNumber = 1 << 26
)

type signalKey struct {
	prefix string
	number int
}

func newPromises(once []string) *promises {
	p := &promises{once: map[string]bool{}, known: map[string][]promised{}, first: map[signalKey]int64{}, began: time.Now()}
	for _, code := range once {
		p.once[code] = true
	}
	received := make(chan os.Signal, 1)
	signal.Notify(received, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-received
		p.interrupted.Store(true)
	}()
	return p
}

// keyOf splits an id into its number and what comes before it. Signals that share an id, told apart by what follows `~`, are
// one key: what is read back may name the id alone.
func keyOf(id string) (signalKey, bool) {
	id, _, _ = strings.Cut(id, "~")
	at := len(id)
	for at > 0 && id[at-1] >= '0' && id[at-1] <= '9' {
		at--
	}
	if at == len(id) || len(id)-at > 8 {
		return signalKey{}, false
	}
	number := 0
	for _, digit := range id[at:] {
		number = number*10 + int(digit-'0')
	}
	return signalKey{id[:at], number}, number < maxNumber
}

func (k signalKey) code() string {
	_, code, _ := strings.Cut(k.prefix, "-")
	return code
}

// signalAnswer is the outcome of a signal, and when it was sent and answered. The hash is negative where the profile does not know
// replays by it.
type signalAnswer struct {
	id, outcome string
	hash        int64
	sent, ended time.Time
}

func (p *promises) answered(a signalAnswer) {
	if a.outcome != accepted && a.outcome != duplicate {
		return
	}
	key, ok := keyOf(a.id)
	if !ok {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	of := p.known[key.prefix]
	if missing := key.number + 1 - len(of); missing > 0 {
		of = append(of, make([]promised, missing)...)
		p.known[key.prefix] = of
	}
	promise := &of[key.number]
	if a.outcome == duplicate || p.isReplay(key, a.hash) {
		if promise.times == 0 {
			promise.sentMs, promise.answeredMs = p.msOf(a.sent), p.msOf(a.ended)
		}
		promise.times |= toldDuplicate
		return
	}
	promise.sentMs, promise.answeredMs = p.msOf(a.sent), p.msOf(a.ended)
	if promise.times&maxPromised < maxPromised {
		promise.times++
	}
}

func (p *promises) msOf(at time.Time) uint32 { return uint32(max(0, at.Sub(p.began).Milliseconds())) }

func (p *promises) isReplay(key signalKey, hash int64) bool {
	if hash < 0 {
		return false
	}
	first, seen := p.first[key]
	if !seen {
		p.first[key] = hash
	}
	return seen && first == hash
}

// left is how many of the promised effects are not among those with given ids. Waiting are those of them that nothing has
// overtaken: no signal that was sent after their answer is among the ids.
type left struct {
	Missing int `js:"missing"`
	Waiting int `js:"waiting"`
}

func (p *promises) left(ids []string) left {
	l := p.look()
	l.See(ids)
	return l.Left()
}

// look is one reading of what the server processed, page by page: it holds two bytes a signal that was promised when it began.
type look struct {
	of   *promises
	seen map[string][]uint16
}

func (p *promises) look() *look {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	seen := map[string][]uint16{}
	for prefix, of := range p.known {
		seen[prefix] = make([]uint16, len(of))
	}
	return &look{p, seen}
}

// See takes the ids of a page.
func (l *look) See(ids []string) {
	for _, id := range ids {
		key, ok := keyOf(id)
		if of := l.seen[key.prefix]; ok && key.number < len(of) && of[key.number] < ^uint16(0) {
			of[key.number]++
		}
	}
}

// Left is what no page had.
func (l *look) Left() left {
	l.of.mutex.Lock()
	defer l.of.mutex.Unlock()
	var all left
	lastSentMs := uint32(0)
	l.each(func(promise promised, missing int) {
		if all.Missing += missing; missing == 0 {
			lastSentMs = max(lastSentMs, promise.sentMs)
		}
	})
	l.each(func(promise promised, missing int) {
		if promise.answeredMs >= lastSentMs {
			all.Waiting += missing
		}
	})
	return all
}

// each visits what was promised, with how much of it is missing.
func (l *look) each(visit func(promise promised, missing int)) {
	for prefix, seen := range l.seen {
		isOnce := l.of.once[signalKey{prefix: prefix}.code()]
		// What was promised since the look began may be younger than its page.
		for number, promise := range l.of.known[prefix][:len(seen)] {
			if promise.times == 0 {
				continue
			}
			owed := int(promise.times & maxPromised)
			if owed == 0 || isOnce {
				owed = 1
			}
			visit(promise, max(0, owed-int(seen[number])))
		}
	}
}
