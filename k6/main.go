// Command k6 is the pinned k6 with the timeline output and the sender built in. It also tells the monitor how processes end.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"go.k6.io/k6/v2/cmd"

	"webhook-stress/k6/exits"
	_ "webhook-stress/k6/plan"
	_ "webhook-stress/k6/sender"
	_ "webhook-stress/k6/timeline"
)

// envSender is read by lib/once/read-environment.ts: native, or k6-http to send through k6/http all the same.
const envSender = "STRESS_SENDER"

func main() {
	if len(os.Args) == 2 && os.Args[1] == exits.Command {
		os.Exit(exits.Run(os.Stdin, os.Stdout))
	}
	// If the runner exits, the pipe that k6 logs into closes: writing there must fail, not kill, or the end lines of the
	// journal would be lost.
	signal.Ignore(syscall.SIGPIPE)
	// Tells the bundles that the sender is there: a script cannot ask k6 for a module that may be missing.
	if os.Getenv(envSender) == "" {
		if err := os.Setenv(envSender, "native"); err != nil {
			panic(err)
		}
	}
	cmd.Execute()
}
