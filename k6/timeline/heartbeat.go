package timeline

import "time"

const (
	beatEvery = 10 * time.Millisecond
	stallUs   = 100_000
)

// heartbeat notices when this process did not get to run: a stopped process, a saturated core, a paused machine. What
// requests were under way then says nothing on the server.
type heartbeat struct {
	lastUs int64
}

// beat takes the time of this beat and tells the gap before it, if it was a stall.
func (h *heartbeat) beat(nowUs int64) (fromUs int64, stalled bool) {
	fromUs = h.lastUs
	h.lastUs = nowUs
	return fromUs, fromUs != 0 && nowUs-fromUs > stallUs
}
