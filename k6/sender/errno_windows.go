package sender

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// Windows has numbers of its own for sockets; those of POSIX are made up by Go there, and no call gives them.
var posixNames = map[syscall.Errno]syscall.Errno{
	windows.WSAEMFILE:        syscall.EMFILE,
	windows.WSAEADDRNOTAVAIL: syscall.EADDRNOTAVAIL,
	windows.WSAEADDRINUSE:    syscall.EADDRINUSE,
	windows.WSAENOBUFS:       syscall.ENOBUFS,
	windows.WSAENETUNREACH:   syscall.ENETUNREACH,
	windows.WSAENETDOWN:      syscall.ENETDOWN,
	windows.WSAEACCES:        syscall.EACCES,
	windows.WSAECONNREFUSED:  syscall.ECONNREFUSED,
	windows.WSAECONNRESET:    syscall.ECONNRESET,
	windows.WSAECONNABORTED:  syscall.ECONNRESET,
}

// posixName gives the name that Go has on every system to the number of an error.
func posixName(number syscall.Errno) syscall.Errno {
	if name, ok := posixNames[number]; ok {
		return name
	}
	return number
}
