//go:build unix

package sender

import "syscall"

// posixName gives the name that Go has on every system to the number of an error: here they are the same.
func posixName(number syscall.Errno) syscall.Errno {
	return number
}
