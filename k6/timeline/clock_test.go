package timeline

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// The runner and the monitor are Node: a pair of readings that one of them took must mean the same here, on every system.
func TestNodeReadsTheSameMonotonicClock(t *testing.T) {
	before := monotonicNowUs()
	text, err := exec.Command("node", "--print", "String(process.hrtime.bigint() / 1000n)").Output()
	after := monotonicNowUs()
	if err != nil {
		t.Fatalf("node cannot be asked: %v", err)
	}
	inNode, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || inNode < before || inNode > after {
		t.Errorf("Node read %d µs (%v), between %d and %d here", inNode, err, before, after)
	}
}
