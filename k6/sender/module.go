// Package sender is the k6 module k6/x/webhook. One call from JavaScript fills the compiled templates, sends the request on the
// VU's own connection, reads a bounded answer, says what it means by the profile, and pushes one record of all that. With a
// k6 that lacks this module the bundles send through k6/http (lib/http-sender.ts).
package sender

import (
	"crypto/x509"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
	"go.k6.io/k6/v2/metrics"
)

// theModule is the one of the process: the executor finds in it what the script opened.
var theModule = &module{}

func init() {
	modules.Register("k6/x/webhook", theModule)
}

// module is one a process: the profile is compiled once.
type module struct {
	mutex  sync.Mutex
	shared *shared
}

// shared is what all VUs use and none changes, but for what was promised to them.
type shared struct {
	config *config
	origin *origin
	// needsUUID tells that signals carry their id as a UUID.
	needsUUID bool
	heads     map[string]*head
	// unprovenHeads are those of requests without what proves who sent them.
	unprovenHeads map[string]*head
	trends        map[trendKey]*metrics.Metric
	// promises grow with what is answered, under a lock of their own.
	promises *promises
	// answered tells that some request was answered.
	answered atomic.Bool
	// hashed counts the answers that are hashed only to be compared.
	hashed atomic.Int64
}

// maxCompared bounds what hashes add to the ledger of a long run.
const maxCompared = 50_000

// hashesNext tells whether the answer to the next signal is hashed.
func (s *shared) hashesNext() bool {
	return s.config.HashesAnswers || (s.config.ComparesAnswers && s.hashed.Add(1) <= maxCompared)
}

var _ modules.Module = &module{}

// NewModuleInstance gives a VU its own sender, which is not connected yet.
func (m *module) NewModuleInstance(vu modules.VU) modules.Instance {
	return &sender{module: m, vu: vu, tags: tagSets{}}
}

func (m *module) open(registry *metrics.Registry, describe func() (string, error)) (*shared, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.shared != nil {
		return m.shared, nil
	}
	text, err := describe()
	if err != nil {
		return nil, err
	}
	made, err := newShared(text)
	if err != nil {
		return nil, err
	}
	if made.trends, err = newTrends(registry); err != nil {
		return nil, err
	}
	m.shared = made
	return made, nil
}

func newShared(text string) (*shared, error) {
	c, err := parseConfig(text)
	if err != nil {
		return nil, err
	}
	if err := checkRules(c.Answers); err != nil {
		return nil, err
	}
	to, err := parseOrigin(c.BaseURL)
	if err != nil {
		return nil, err
	}
	to.isHTTP2 = c.HTTPVersion == "2"
	if c.CAPem != "" {
		if to.roots, err = x509.SystemCertPool(); err != nil {
			to.roots = x509.NewCertPool()
		}
		if !to.roots.AppendCertsFromPEM([]byte(c.CAPem)) {
			return nil, errors.New("sender: TLS_CA_FILE holds no certificate in PEM")
		}
	}
	return &shared{
		config: c, origin: to, needsUUID: c.Request.uses(wordUUID),
		heads: headsOf(c, &c.Request), unprovenHeads: headsOf(c, &c.Unproven),
		promises: newPromises(c.OneEffectCodes),
	}, nil
}

// headsOf compiles the head of a request, once a purpose.
func headsOf(c *config, p *program) map[string]*head {
	heads := map[string]*head{}
	for _, purpose := range purposes {
		headers := append([]headerTemplate{{Name: c.PurposeHeader, Value: []segment{{text: purpose}}}}, p.Headers...)
		compiled := newHead(c.Request.Method, headers)
		heads[purpose] = &compiled
	}
	return heads
}

// Exports names what lib/native-sender.ts calls.
func (s *sender) Exports() modules.Exports {
	return modules.Exports{Named: map[string]any{
		"open":          s.open,
		"signal":        s.signal,
		"request":       s.request,
		"left":          s.left,
		"look":          s.look,
		"isInterrupted": s.isInterrupted,
	}}
}

// open takes a function that describes the profile as JSON; it is called in the first VU only. It tells whether signals need
// their number.
func (s *sender) open(describe sobek.Callable) bool {
	env := s.vu.InitEnv()
	if env == nil {
		common.Throw(s.vu.Runtime(), errors.New("sender: open belongs into the init context"))
	}
	opened, err := s.module.open(env.Registry, func() (string, error) {
		text, err := describe(sobek.Undefined())
		if err != nil {
			return "", err
		}
		return text.String(), nil
	})
	if err != nil {
		common.Throw(s.vu.Runtime(), err)
	}
	s.shared = opened
	return opened.config.Request.uses(wordNumber)
}
