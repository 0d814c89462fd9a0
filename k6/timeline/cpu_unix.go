//go:build unix

package timeline

import "golang.org/x/sys/unix"

// ownCPUUs is the CPU time of this process so far, zero if the system does not tell.
func ownCPUUs() int64 {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return (usage.Utime.Nano() + usage.Stime.Nano()) / 1000
}
