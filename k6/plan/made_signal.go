package plan

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/grafana/sobek/ftoa"

	"webhook-stress.internal/k6/sender"
)

// What signals hold is made here as contract/plan/made-signal.ts and signal-id.ts make it. testdata/signals.json, which they wrote, keeps
// the two alike.

var tickers = []string{"AAPL", "MSFT", "TSLA", "NVDA", "BTCUSD", "ETHUSD", "EURUSD", "XAUUSD"}

// jsNumber writes a number as JavaScript does.
func jsNumber(number float64) string {
	return string(ftoa.FToStr(number, ftoa.ModeStandard, 0, nil))
}

func inTurn[T any](values []T, at int64, made T) T {
	if len(values) == 0 {
		return made
	}
	return values[at%int64(len(values))]
}

// fill puts signal n into an order.
func (s *signals) fill(o *sender.Order, runTag string, n int64, usesNumbers bool) error {
	at := n - s.First
	action := "BUY"
	if n%2 != 0 {
		action = "SELL"
	}
	o.Action = inTurn(s.Content.Actions, at, action)
	o.Ticker = inTurn(s.Content.Tickers, at, tickers[n%int64(len(tickers))])
	o.Quantity = jsNumber(inTurn(s.Content.Quantities, at, float64(1+n%10)))
	o.Price = jsNumber(inTurn(s.Content.Prices, at, 100+float64(n%1000)/10))
	o.ID = runTag + "-" + s.Code + strconv.FormatInt(n, 10)
	o.Num = "0"
	if usesNumbers {
		number, err := s.numberOf(runTag, n)
		if err != nil {
			return err
		}
		o.Num = strconv.FormatInt(number, 10)
	}
	return nil
}

const (
	// Ids that are numbers: 25 bits of the run tag, 5 of the code and 23 of n.
	maxNumber   = 1 << 23
	codeLetters = "abcdefghijklmnopqrstuvwxyzABCDE"
)

func (s *signals) numberOf(runTag string, n int64) (int64, error) {
	if n >= maxNumber {
		return 0, fmt.Errorf("signal %d has no number: they end at %d", n, maxNumber)
	}
	code := int64(0)
	if s.Code != "" {
		code = int64(strings.Index(codeLetters, s.Code)) + 1
	}
	return (int64(bitsOf(runTag))*32+code)*maxNumber + n, nil
}

// bitsOf is FNV-1a over UTF-16 units, folded to 25 bits. A run tag is ASCII.
func bitsOf(runTag string) uint32 {
	hash := uint32(0x811c9dc5)
	for at := range len(runTag) {
		hash = (hash ^ uint32(runTag[at])) * 0x01000193
	}
	return (hash>>25 ^ hash) & (math.MaxUint32 >> 7)
}
