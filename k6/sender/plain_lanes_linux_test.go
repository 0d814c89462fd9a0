package sender

import (
	"context"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
)

// closesAtOnce answers, and closes the connection in the same segment without saying so.
func closesAtOnce(conn net.Conn, _ int) bool {
	if tcp, ok := conn.(*net.TCPConn); ok {
		if socket, err := tcp.SyscallConn(); err == nil {
			_ = socket.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_CORK, 1) })
		}
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
	return false
}

func TestNothingIsWrittenToAConnectionWhoseEndCameWithTheAnswer(t *testing.T) {
	base := serve(t, closesAtOnce)
	for kind := range laneKinds {
		got := runLanes(context.Background(), t, laneTarget{kind, base, 5000}, &inTurnScript{left: 50})
		if want := strings.Repeat(isNew, 50); told(got.records) != want {
			t.Errorf("%s lanes: %s", kind, told(got.records))
		}
	}
}
