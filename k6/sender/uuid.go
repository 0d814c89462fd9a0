package sender

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A signal's UUID is made of its id as contract/plan/signal-uuid.ts makes it, which says what it holds. test/fixtures/made-signals.ndjson,
// which that wrote, keeps the two alike.

const (
	maxUUIDNumber = 1 << 44
	uuidTurns     = 8
	uuidLetters   = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

type uuidWords [4]uint32

var uuidMasks = uuidWords{0xffffffff, 0x0fffffff, 0x3fffffff, 0xffffffff}

// scrambled is the finalizer of MurmurHash3.
func scrambled(bits uint32) uint32 {
	bits = (bits ^ bits>>16) * 0x85ebca6b
	bits = (bits ^ bits>>13) * 0xc2b2ae35
	return bits ^ bits>>16
}

func (w *uuidWords) turn(step int) {
	at := step % 4
	w[at] ^= scrambled(w[(at+3)%4]+uint32(step+1)*0x9e3779b9) & uuidMasks[at]
}

// usualTag is a run tag as newRunTag of the bundles makes it: a time, and a number below 2^30.
var usualTag = regexp.MustCompile(`^([0-9a-z]{8})([0-9a-z]{1,6})$`)

// bitsOfTag gives 42 bits for a tag's time and 30 for its rest; of somebody's own tag, what a hash says. A run tag is ASCII.
func bitsOfTag(runTag string) (at, rest uint64) {
	if parts := usualTag.FindStringSubmatch(runTag); parts != nil {
		at, _ = strconv.ParseUint(parts[1], 36, 64)
		rest, _ = strconv.ParseUint(parts[2], 36, 64)
		if rest < 1<<30 && strconv.FormatUint(rest, 36) == parts[2] {
			return at, rest
		}
	}
	var w uuidWords
	for i := range len(runTag) {
		w[0] ^= uint32(runTag[i])
		for step := range 4 {
			w.turn(step)
		}
	}
	return uint64(w[1]&0x3ff)<<32 | uint64(w[0]), uint64(w[2])
}

var signalID = regexp.MustCompile(`^(.+)-([A-Za-z]?)([0-9]+)$`)

// uuidOf gives the UUID that stands for a signal.
func uuidOf(id string) (string, error) {
	parts := signalID.FindStringSubmatch(id)
	if parts == nil {
		return "", errors.New("sender: " + strconv.Quote(id) + " is no <run tag>-<code><n>")
	}
	n, err := strconv.ParseUint(parts[3], 10, 64)
	if err != nil || n >= maxUUIDNumber {
		return "", fmt.Errorf("sender: signal %s has no UUID: they end at %d", parts[3], maxUUIDNumber)
	}
	code := uint64(0)
	if parts[2] != "" {
		code = uint64(strings.Index(uuidLetters, parts[2])) + 1
	}
	at, rest := bitsOfTag(parts[1])
	w := uuidWords{uint32(at), uint32(at>>32<<18 | rest>>12), uint32(rest&0xfff<<18 | code<<12 | n>>32), uint32(n)}
	for step := range uuidTurns {
		w.turn(step)
	}
	c := w[2] | 1<<31
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%04x%08x", w[0], w[1]>>12, w[1]&0xfff, c>>16, c&0xffff, w[3]), nil
}
