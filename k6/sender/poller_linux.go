package sender

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// poller waits for sockets. Short waits and all reads and writes go past the Go scheduler: they do not block, and each notice of a
// blocking call to the scheduler costs more wake-ups than the request itself.
type poller struct {
	epoll, event int
	mutex        sync.Mutex
	isClosed     bool
	isOld        bool
	events       [64]unix.EpollEvent
	chunk        [16 << 10]byte
	control      [64]byte
	peeked       [1]byte
}

// wakeUp stands for the descriptor that others wake the poller by.
const wakeUp = -1

func newPoller() (*poller, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("sender: no epoll: %w", err)
	}
	event, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		_ = unix.Close(epoll)
		return nil, fmt.Errorf("sender: no eventfd: %w", err)
	}
	p := &poller{epoll: epoll, event: event}
	return p, p.add(event, wakeUp)
}

func (p *poller) add(fd, lane int) error {
	watch := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP, Fd: int32(lane)} //nolint:gosec // lanes are few
	return unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, fd, &watch)
}

func (p *poller) remove(fd int) { _ = unix.EpollCtl(p.epoll, unix.EPOLL_CTL_DEL, fd, nil) }

// wake ends a wait. Any goroutine may call it.
func (p *poller) wake() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if !p.isClosed {
		_, _ = unix.Write(p.event, binary.NativeEndian.AppendUint64(nil, 1))
	}
}

func (p *poller) close() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.isClosed = true
	_ = unix.Close(p.event)
	_ = unix.Close(p.epoll)
}

// kernelTime is __kernel_timespec, which has 64 bits on every system.
type kernelTime struct{ seconds, nanoseconds int64 }

// poll waits so long at most, and tells which lanes have something to read.
func (p *poller) poll(wait time.Duration, ready func(lane int)) error {
	n, errno := p.waitFor(wait)
	if errno == unix.EINTR {
		return nil
	}
	if errno != 0 {
		return fmt.Errorf("sender: epoll: %w", errno)
	}
	for i := range n {
		if lane := int(p.events[i].Fd); lane != wakeUp {
			ready(lane)
			continue
		}
		var count [8]byte
		_, _ = unix.Read(p.event, count[:])
	}
	return nil
}

func (p *poller) waitFor(wait time.Duration) (int, syscall.Errno) {
	first, room := uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events))
	call := unix.RawSyscall6
	if wait > maxHeldSleep {
		call = unix.Syscall6
	}
	if !p.isOld {
		within := kernelTime{int64(wait / time.Second), int64(wait % time.Second)}
		n, _, errno := call(unix.SYS_EPOLL_PWAIT2, uintptr(p.epoll), first, room, uintptr(unsafe.Pointer(&within)), 0, 0)
		if errno != unix.ENOSYS && errno != unix.EPERM {
			return int(n), errno
		}
		p.isOld = true
	}
	// Before Linux 5.11 epoll counts in milliseconds. It must not end before its time, or the loop would spin.
	ms := (wait + time.Millisecond - 1) / time.Millisecond
	n, _, errno := call(unix.SYS_EPOLL_PWAIT, uintptr(p.epoll), first, room, uintptr(ms), 0, 0)
	return int(n), errno
}

// receive reads what a socket has, and tells when the kernel got the last of it.
func (p *poller) receive(fd int) ([]byte, time.Time, syscall.Errno) {
	piece := unix.Iovec{Base: &p.chunk[0]}
	piece.SetLen(len(p.chunk))
	message := unix.Msghdr{Iov: &piece, Control: &p.control[0]}
	message.SetIovlen(1)
	message.SetControllen(len(p.control))
	n, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&message)), unix.MSG_DONTWAIT)
	now := time.Now()
	if errno != 0 {
		return nil, now, errno
	}
	return p.chunk[:n], p.cameAt(now, int(message.Controllen)), 0 //nolint:unconvert // not of one type everywhere
}

// isQuiet tells that a socket has nothing to read: the other side has neither closed it nor sent what nobody asked for.
func (p *poller) isQuiet(fd int) bool {
	into := uintptr(unsafe.Pointer(&p.peeked[0]))
	_, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), into, 1, unix.MSG_PEEK|unix.MSG_DONTWAIT, 0, 0)
	return errno == syscall.EAGAIN
}

// cameAt gives the kernel's time of what was received as a time of this process; now where it noted none.
func (p *poller) cameAt(now time.Time, controlled int) time.Time {
	const stamp = 16
	head := unix.CmsgLen(0)
	if controlled < head+stamp {
		return now
	}
	h := (*unix.Cmsghdr)(unsafe.Pointer(&p.control[0]))
	if h.Level != unix.SOL_SOCKET || h.Type != unix.SCM_TIMESTAMPNS || int(h.Len) != head+stamp { //nolint:unconvert // not of one type everywhere
		return now
	}
	seconds := int64(binary.NativeEndian.Uint64(p.control[head:]))       //nolint:gosec // a time
	nanoseconds := int64(binary.NativeEndian.Uint64(p.control[head+8:])) //nolint:gosec // less than a second
	age := now.UnixNano() - seconds*int64(time.Second) - nanoseconds
	// Who reads late is late by milliseconds. More, or less than nothing, is a step of the wall clock.
	if age < 0 || age > int64(time.Second) {
		return now
	}
	return now.Add(-time.Duration(age))
}

func writeTo(fd int, out []byte) (int, syscall.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&out[0])), uintptr(len(out)), unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(n), 0
}

func sleepFor(wait time.Duration) {
	if wait <= 0 {
		return
	}
	span := unix.NsecToTimespec(int64(wait))
	_, _, _ = unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&span)), 0, 0)
}

func closeSocket(fd int) { _ = unix.Close(fd) }

// takeSocket gives a descriptor of its own for a connection, which is closed: from then on the Go runtime does not watch it.
func takeSocket(c syscall.Conn) (int, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return -1, err
	}
	taken := -1
	var failure error
	err = raw.Control(func(fd uintptr) {
		if taken, failure = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); failure == nil {
			// Where it cannot be had, the time of reading is taken.
			_ = unix.SetsockoptInt(taken, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
		}
	})
	return taken, errors.Join(err, failure)
}
