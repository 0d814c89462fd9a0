// Command k6 is the pinned k6 with the timeline output built in.
package main

import (
	"os/signal"
	"syscall"

	"go.k6.io/k6/v2/cmd"

	_ "webhook-stress/k6/timeline"
)

func main() {
	// When the runner is gone, so is the pipe that k6 logs into: writing there must fail, not kill, or the end lines of the
	// journal would be lost.
	signal.Ignore(syscall.SIGPIPE)
	cmd.Execute()
}
