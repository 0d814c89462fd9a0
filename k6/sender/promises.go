package sender

import (
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
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
	// interrupted is set by SIGINT and SIGTERM: nobody waits for a backlog then.
	interrupted atomic.Bool
}

// promised is how often a signal was accepted; its highest bit, whether it was called a duplicate.
type promised uint16

const (
	toldDuplicate promised = 1 << 15
	maxPromised   promised = toldDuplicate - 1
	// maxNumber bounds the memory of ids that are not ours. They are not waited for.
	maxNumber = 1 << 26
)

type signalKey struct {
	prefix string
	number int
}

func newPromises(once []string) *promises {
	p := &promises{once: map[string]bool{}, known: map[string][]promised{}, first: map[signalKey]int64{}}
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

// answered takes the outcome of a signal. The hash is negative where the profile does not know replays by it.
func (p *promises) answered(id, outcome string, hash int64) {
	if outcome != accepted && outcome != duplicate {
		return
	}
	key, ok := keyOf(id)
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
	if outcome == duplicate || p.isReplay(key, hash) {
		of[key.number] |= toldDuplicate
		return
	}
	if of[key.number]&maxPromised < maxPromised {
		of[key.number]++
	}
}

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

// missing is how many of the promised effects are not among those with the given ids.
func (p *promises) missing(ids []string) int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	seen := map[string][]uint16{}
	for prefix, of := range p.known {
		seen[prefix] = make([]uint16, len(of))
	}
	for _, id := range ids {
		key, ok := keyOf(id)
		if of := seen[key.prefix]; ok && key.number < len(of) && of[key.number] < ^uint16(0) {
			of[key.number]++
		}
	}
	missing := 0
	for prefix, of := range p.known {
		isOnce := p.once[signalKey{prefix: prefix}.code()]
		for number, promise := range of {
			owed := int(promise & maxPromised)
			if promise != 0 && (owed == 0 || isOnce) {
				owed = 1
			}
			missing += max(0, owed-int(seen[prefix][number]))
		}
	}
	return missing
}
