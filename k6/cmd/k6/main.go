// Command k6 is the pinned k6 with the timeline output and the sender built in. It also tells the monitor how processes end.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"go.k6.io/k6/v2/cmd"

	_ "webhook-stress.internal/k6"
	"webhook-stress.internal/k6/exits"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == exits.Command {
		os.Exit(exits.Run(os.Stdin, os.Stdout))
	}
	// If the runner exits, the pipe that k6 logs into closes: writing there must fail, not kill, or the end lines of the
	// journal would be lost.
	signal.Ignore(syscall.SIGPIPE)
	cmd.Execute()
}
