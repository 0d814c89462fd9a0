//go:build unix

package sender

import "golang.org/x/sys/unix"

// hasInput tells whether a socket has something to read, or was closed by the other side.
func hasInput(fd uintptr) bool {
	look := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}} //nolint:gosec // a file descriptor fits
	ready, _ := unix.Poll(look, 0)
	return ready > 0
}
