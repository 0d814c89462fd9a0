// Package exits tells how the processes of this machine end, whoever their parent is: exit code or signal, from Linux' process
// connector (linux/cn_proc.h). It needs the rights of root, outside of containers.
package exits

import (
	"encoding/json"
	"io"
	"os"
)

// Command is the first argument by which the monitor asks this program to watch exits instead of being k6.
const Command = "watch-exits"

// Exit is how one process ended: by a signal, or with an exit code if Signal is 0.
type Exit struct {
	Pid    int `json:"pid"`
	Code   int `json:"code"`
	Signal int `json:"signal"`
	// Parent is left out where the kernel does not tell it: before Linux 4.18, or if the parent has ended.
	Parent int `json:"parent,omitempty"`
}

// Listening is the first line, written as soon as the kernel tells: of what ended before, nothing is known.
type Listening struct {
	Listening bool `json:"listening"`
}

// Run writes a line of JSON when it listens, and for each exit, until stdin closes. Returns the exit code of the program: 1 if this system
// does not tell.
func Run(stdin io.Reader, stdout io.Writer) int {
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		os.Exit(0)
	}()
	lines := json.NewEncoder(stdout)
	err := watch(
		func() error { return lines.Encode(Listening{Listening: true}) },
		func(exit Exit) error { return lines.Encode(exit) },
	)
	if err != nil {
		_, _ = io.WriteString(os.Stderr, err.Error()+"\n")
		return 1
	}
	return 0
}

// ofStatus reads a status as wait(2) has it.
func ofStatus(pid int, status uint32) Exit {
	if signal := int(status & 0x7f); signal != 0 {
		return Exit{Pid: pid, Signal: signal}
	}
	return Exit{Pid: pid, Code: int(status>>8) & 0xff}
}
