package timeline

import "golang.org/x/sys/unix"

// monotonicClock is the one that Node reads: libuv's uv_hrtime is mach_continuous_time, which macOS names so. Its
// CLOCK_MONOTONIC is another clock.
const monotonicClock = unix.CLOCK_MONOTONIC_RAW
