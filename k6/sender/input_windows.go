package sender

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// pollFd is WSAPOLLFD of winsock2.h.
type pollFd struct {
	socket   uintptr
	events   int16
	occurred int16
}

// pollIn is POLLRDNORM | POLLRDBAND.
const pollIn = 0x0300

var poll = windows.NewLazySystemDLL("ws2_32.dll").NewProc("WSAPoll")

// hasInput tells whether a socket has something to read, or was closed by the other side.
func hasInput(fd uintptr) bool {
	look := pollFd{socket: fd, events: pollIn}
	ready, _, _ := poll.Call(uintptr(unsafe.Pointer(&look)), 1, 0)
	return int32(ready) > 0 //nolint:gosec // an int of C
}
