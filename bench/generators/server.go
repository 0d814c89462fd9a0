//go:build linux

// A server that accepts every signal at once and costs little, so that what is left of two cores is the generator's. Answers on one
// thread, and tells on stdout what it is asked on stdin:
//
//	reset      "reset"; then "first" when the next request has arrived
//	mark PID   requests since the reset, nanoseconds of a monotonic clock, and of CPU of that process and of this one
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"syscall"
	"unsafe"
)

const answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n" + `{"status":"accepted","id":1}`

var (
	requests atomic.Int64
	isFirst  atomic.Bool
	answers  = bytes.Repeat([]byte(answer), 64)
)

func main() {
	// What is kept is a few bytes a connection.
	debug.SetGCPercent(-1)
	listener := must(syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0))
	check(syscall.Bind(listener, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	check(syscall.Listen(listener, 4096))
	address, _ := must(syscall.Getsockname(listener)).(*syscall.SockaddrInet4)
	fmt.Println(address.Port)
	go serve(listener)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		obey(lines.Text())
	}
}

func obey(line string) {
	if line == "reset" {
		requests.Store(0)
		isFirst.Store(true)
		fmt.Println("reset")
		return
	}
	var pid int
	if _, err := fmt.Sscanf(line, "mark %d", &pid); err != nil {
		panic(line)
	}
	now := clock(clockMonotonic)
	fmt.Println(requests.Load(), now, clock(cpuClockOf(pid)), clock(clockOwnCPU))
}

const (
	clockMonotonic = 1
	clockOwnCPU    = 2
)

// cpuClockOf names the CPU clock of a process. Source: clock_getcpuclockid(3), MAKE_PROCESS_CPUCLOCK of the kernel.
func cpuClockOf(pid int) int { return ^pid<<3 | 2 }

// clock gives -1 where the process has ended.
func clock(id int) int64 {
	var at syscall.Timespec
	_, _, number := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(id), uintptr(unsafe.Pointer(&at)), 0)
	if number != 0 {
		return -1
	}
	return at.Nano()
}

func serve(listener int) {
	runtime.LockOSThread()
	poll := must(syscall.EpollCreate1(0))
	watch(poll, listener)
	partial := map[int][]byte{}
	events := make([]syscall.EpollEvent, 512)
	buffer := make([]byte, 64<<10)
	for {
		n, err := syscall.EpollWait(poll, events, -1)
		if err == syscall.EINTR {
			continue
		}
		check(err)
		for _, event := range events[:n] {
			fd := int(event.Fd)
			if fd == listener {
				accept(poll, listener)
				continue
			}
			read, _, number := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
			if number == syscall.EAGAIN {
				continue
			}
			if number != 0 || read == 0 {
				delete(partial, fd)
				_ = syscall.Close(fd)
				continue
			}
			got := buffer[:read]
			if begun := partial[fd]; begun != nil {
				got = append(begun, got...)
				delete(partial, fd)
			}
			whole, rest := requestsIn(got)
			if len(rest) > 0 {
				partial[fd] = bytes.Clone(rest)
			}
			reply(fd, whole)
		}
	}
}

func accept(poll, listener int) {
	for {
		fd, _, err := syscall.Accept4(listener, syscall.SOCK_NONBLOCK)
		if err != nil {
			return
		}
		check(syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1))
		watch(poll, fd)
	}
}

func reply(fd, whole int) {
	for left := whole; left > 0; left -= 64 {
		out := answers[:min(left, 64)*len(answer)]
		_, _, _ = syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&out[0])), uintptr(len(out)))
	}
	if whole > 0 && requests.Add(int64(whole)) > 0 && isFirst.CompareAndSwap(true, false) {
		fmt.Println("first")
	}
}

var (
	headEnd = []byte("\r\n\r\n")
	length  = []byte("\r\ncontent-length: ")
	spelled = []byte("\r\nContent-Length: ")
)

// requestsIn counts the whole requests, and gives what has arrived of the next.
func requestsIn(got []byte) (whole int, rest []byte) {
	for rest = got; len(rest) > 0; whole++ {
		end := bytes.Index(rest, headEnd)
		if end < 0 {
			break
		}
		end += len(headEnd) + bodyLength(rest[:end+2])
		if len(rest) < end {
			break
		}
		rest = rest[end:]
	}
	return whole, rest
}

func bodyLength(head []byte) int {
	at := bytes.Index(head, spelled)
	if at < 0 {
		at = bytes.Index(head, length)
	}
	if at < 0 {
		return 0
	}
	value := head[at+len(length):]
	return must(strconv.Atoi(string(value[:bytes.IndexByte(value, '\r')])))
}

func watch(poll, fd int) {
	check(syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}
