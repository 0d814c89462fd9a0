package exits

import (
	"encoding/binary"
	"errors"
	"syscall"
)

// Constants and places: linux/netlink.h, linux/connector.h, linux/cn_proc.h.
const (
	netlinkConnector = 11
	indexOfProc      = 1
	listen           = 1
	eventExit        = 0x80000000

	headerBytes = 16
	messageAt   = headerBytes
	eventAt     = messageAt + 20
	exitAt      = eventAt + 16
	exitBytes   = 12
	// The group of threads of the parent, since Linux 4.18.
	parentAt = exitAt + 20

	// Some thousand ends may come before they are read.
	bufferBytes = 4 << 20
)

func watch(listens func() error, tell func(Exit) error) error {
	socket, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, netlinkConnector)
	if err != nil {
		return err
	}
	defer func() { _ = syscall.Close(socket) }()
	_ = syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_RCVBUFFORCE, bufferBytes)
	if err := syscall.Bind(socket, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK, Groups: indexOfProc}); err != nil {
		return err
	}
	if err := syscall.Sendto(socket, subscription(), 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return err
	}
	if err := listens(); err != nil {
		return err
	}
	buffer := make([]byte, 4096)
	for {
		length, from, err := syscall.Recvfrom(socket, buffer, 0)
		if errors.Is(err, syscall.EINTR) || errors.Is(err, syscall.ENOBUFS) {
			// Of what was lost nothing is told: it stays unknown why those processes ended.
			continue
		}
		if err != nil {
			return err
		}
		// Other programs may send to this group, too: the kernel is number 0.
		if sender, ok := from.(*syscall.SockaddrNetlink); !ok || sender.Pid != 0 {
			continue
		}
		if exit, ok := exitIn(buffer[:length]); ok {
			if err := tell(exit); err != nil {
				return err
			}
		}
	}
}

func subscription() []byte {
	order := binary.NativeEndian
	message := make([]byte, eventAt, eventAt+4)
	order.PutUint32(message[0:], eventAt+4)
	order.PutUint16(message[4:], syscall.NLMSG_DONE)
	order.PutUint32(message[messageAt:], indexOfProc)
	order.PutUint32(message[messageAt+4:], indexOfProc)
	order.PutUint16(message[messageAt+16:], 4)
	return order.AppendUint32(message, listen)
}

// exitIn reads the end of a process; the ends of single threads are told, too, and are none.
func exitIn(message []byte) (Exit, bool) {
	order := binary.NativeEndian
	if len(message) < exitAt+exitBytes || order.Uint32(message[eventAt:]) != eventExit {
		return Exit{}, false
	}
	pid, group := order.Uint32(message[exitAt:]), order.Uint32(message[exitAt+4:])
	if pid != group {
		return Exit{}, false
	}
	exit := ofStatus(int(pid), order.Uint32(message[exitAt+8:]))
	if len(message) >= parentAt+4 {
		exit.Parent = int(order.Uint32(message[parentAt:]))
	}
	return exit, true
}
