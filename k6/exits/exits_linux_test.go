package exits

import (
	"encoding/binary"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

func event(what, pid, group, status uint32) []byte {
	message := make([]byte, exitAt+16)
	for n, value := range []uint32{pid, group, status} {
		binary.NativeEndian.PutUint32(message[exitAt+4*n:], value)
	}
	binary.NativeEndian.PutUint32(message[eventAt:], what)
	return message
}

func withParent(message []byte, parent uint32) []byte {
	order := binary.NativeEndian
	return order.AppendUint32(order.AppendUint32(message, parent+1), parent)
}

func TestReadsExits(t *testing.T) {
	for _, one := range []struct {
		message []byte
		want    Exit
		isExit  bool
	}{
		{event(eventExit, 7, 7, 9), Exit{Pid: 7, Signal: 9}, true},
		{event(eventExit, 7, 7, 6|0x80), Exit{Pid: 7, Signal: 6}, true},
		{event(eventExit, 7, 7, 3<<8), Exit{Pid: 7, Code: 3}, true},
		{withParent(event(eventExit, 7, 7, 3<<8), 4), Exit{Pid: 7, Code: 3, Parent: 4}, true},
		{event(eventExit, 8, 7, 0), Exit{}, false},
		{event(1, 7, 7, 0), Exit{}, false},
		{event(eventExit, 7, 7, 0)[:exitAt+8], Exit{}, false},
	} {
		exit, isExit := exitIn(one.message)
		if exit != one.want || isExit != one.isExit {
			t.Errorf("got %v %v, want %v %v", exit, isExit, one.want, one.isExit)
		}
	}
}

func TestTellsOfProcessesOfOthers(t *testing.T) {
	if os.Getuid() != 0 {
		t.Log("the kernel tells root alone")
		return
	}
	listens, seen, failed := make(chan struct{}), make(chan Exit, 1000), make(chan error, 1)
	go func() {
		failed <- watch(
			func() error { close(listens); return nil },
			func(exit Exit) error { seen <- exit; return nil },
		)
	}()
	select {
	case <-listens:
	case err := <-failed:
		t.Fatalf("it does not watch: %v", err)
	case <-time.After(10 * time.Second):
		t.Fatal("it does not listen")
	}
	// A grandchild: its parent is a shell, not this process.
	output, err := exec.Command("sh", "-c", "sh -c 'exit 3' & echo $! $$; wait").Output()
	if err != nil {
		t.Fatal(err)
	}
	pids := strings.Fields(string(output))
	if len(pids) != 2 {
		t.Fatalf("got %q", output)
	}
	pid, err := strconv.Atoi(pids[0])
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.After(10 * time.Second); ; {
		select {
		case exit := <-seen:
			if exit.Pid != pid {
				continue
			}
			if exit.Code != 3 || exit.Signal != 0 || strconv.Itoa(exit.Parent) != pids[1] {
				t.Fatalf("got %v", exit)
			}
			return
		case <-deadline:
			t.Fatal("no exit was told")
		}
	}
}
