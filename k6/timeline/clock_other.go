//go:build unix && !darwin

package timeline

import "golang.org/x/sys/unix"

// monotonicClock is the one that Node reads, too, on this system.
const monotonicClock = unix.CLOCK_MONOTONIC
