package exits

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"sync"
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

func TestReadsExits(t *testing.T) {
	for _, one := range []struct {
		message []byte
		want    Exit
		isExit  bool
	}{
		{event(eventExit, 7, 7, 9), Exit{Pid: 7, Signal: 9}, true},
		{event(eventExit, 7, 7, 6|0x80), Exit{Pid: 7, Signal: 6}, true},
		{event(eventExit, 7, 7, 3<<8), Exit{Pid: 7, Code: 3}, true},
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
	var lock sync.Mutex
	seen := map[int]Exit{}
	failed := make(chan error, 1)
	go func() {
		failed <- watch(func(exit Exit) error {
			lock.Lock()
			defer lock.Unlock()
			seen[exit.Pid] = exit
			return nil
		})
	}()
	// A grandchild: its parent is a shell, not this process.
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-failed:
			t.Fatalf("it does not watch: %v", err)
		default:
		}
		output, err := exec.Command("sh", "-c", "sh -c 'exit 3' & echo $!; wait").Output()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		pid := 0
		for _, digit := range output {
			if digit >= '0' && digit <= '9' {
				pid = pid*10 + int(digit-'0')
			}
		}
		time.Sleep(50 * time.Millisecond)
		lock.Lock()
		found, isSeen := seen[pid]
		lock.Unlock()
		if isSeen {
			if found.Code != 3 || found.Signal != 0 {
				t.Fatalf("got %v", found)
			}
			return
		}
	}
	t.Fatal("no exit was told")
}
