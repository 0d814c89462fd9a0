package timeline

import (
	"fmt"
	"runtime"
)

// ownLoad measures the CPU that this process itself takes: a generator without CPU to spare sends and reads late.
type ownLoad struct {
	fromUs int64
	cpuUs  int64
}

func (l *ownLoad) begin(nowUs int64) {
	l.fromUs, l.cpuUs = nowUs, ownCPUUs()
}

// line tells the CPU since the last line, and of how many cores: the Go runtime knows the limits of a container.
func (l *ownLoad) line(nowUs int64) []byte {
	cpuUs := ownCPUUs()
	line := fmt.Appendf(nil, "{\"loadFromUs\":%d,\"loadToUs\":%d,\"cpuUs\":%d,\"cores\":%d}\n",
		l.fromUs, nowUs, cpuUs-l.cpuUs, runtime.GOMAXPROCS(0))
	l.fromUs, l.cpuUs = nowUs, cpuUs
	return line
}
