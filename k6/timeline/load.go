package timeline

import (
	"fmt"
	"runtime"
)

// ownLoad measures the CPU that this process itself takes, and how long it waits for it: a generator without CPU to spare sends
// and reads late.
type ownLoad struct {
	fromUs   int64
	cpuUs    int64
	waitedUs int64
}

func (l *ownLoad) begin(nowUs int64) {
	l.fromUs, l.cpuUs = nowUs, ownCPUUs()
	l.waitedUs, _ = ownWaitUs()
}

// line tells the CPU since the last line, and of how many cores: the Go runtime knows the limits of a container. The wait is left
// out if the system does not tell it.
func (l *ownLoad) line(nowUs int64) []byte {
	cpuUs := ownCPUUs()
	line := fmt.Appendf(nil, "{\"loadFromUs\":%d,\"loadToUs\":%d,\"cpuUs\":%d,\"cores\":%d",
		l.fromUs, nowUs, cpuUs-l.cpuUs, runtime.GOMAXPROCS(0))
	if waitedUs, told := ownWaitUs(); told {
		// A thread that ended took its wait with it.
		line = fmt.Appendf(line, ",\"waitedUs\":%d", max(0, waitedUs-l.waitedUs))
		l.waitedUs = waitedUs
	}
	l.fromUs, l.cpuUs = nowUs, cpuUs
	return append(line, "}\n"...)
}
