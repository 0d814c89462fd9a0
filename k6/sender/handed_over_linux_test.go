package sender

import (
	"net"
	"syscall"
	"testing"
)

func TestWithoutADescriptorForItAConnectionIsNotMade(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	c, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	_, failure := takeFrom(c)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if failure == nil {
		t.Fatal("a descriptor was had")
	}
	code := codeOf(notTaken(failure))
	if code != codeNoFileDescriptor || outcomeOfCode(code) != unsent {
		t.Errorf("code %d, outcome %s", code, outcomeOfCode(code))
	}
}
