package timeline

import (
	"bytes"
	"os"
	"strconv"
)

// ownWaitUs is how long threads of this process that wanted to run waited for a CPU so far: the second figure of
// /proc/self/task/*/schedstat, in nanoseconds (Linux, Documentation/scheduler/sched-stats.rst). False if the kernel keeps none.
func ownWaitUs() (int64, bool) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return 0, false
	}
	var waitedNs int64
	told := false
	for _, thread := range threads {
		// A thread that has ended meanwhile tells nothing more.
		text, err := os.ReadFile("/proc/self/task/" + thread.Name() + "/schedstat")
		if err != nil {
			continue
		}
		fields := bytes.Fields(text)
		if len(fields) < 2 {
			continue
		}
		if ns, err := strconv.ParseInt(string(fields[1]), 10, 64); err == nil {
			waitedNs += ns
			told = true
		}
	}
	return waitedNs / 1000, told
}
