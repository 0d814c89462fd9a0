//go:build unix

package timeline

import "golang.org/x/sys/unix"

func monotonicNowUs() int64 {
	var now unix.Timespec
	if err := unix.ClockGettime(monotonicClock, &now); err != nil {
		// No system that Go runs on lacks it.
		panic(err)
	}
	return now.Nano() / 1000
}
