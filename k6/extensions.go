// Package k6 registers what we add to k6: the timeline output, the module k6/x/webhook and the executor for plans. Our own k6 imports it
// (cmd/k6), and so does one that xk6 builds.
package k6

import (
	"os"

	_ "webhook-stress.internal/k6/plan"
	_ "webhook-stress.internal/k6/sender"
	_ "webhook-stress.internal/k6/timeline"
)

// envSender is read by lib/once/read-environment.ts: native, or k6-http to send through k6/http all the same.
const envSender = "STRESS_SENDER"

// Tells the bundles that the sender is there: a script cannot ask k6 for a module that may be missing.
func init() {
	if os.Getenv(envSender) != "" {
		return
	}
	if err := os.Setenv(envSender, "native"); err != nil {
		panic(err)
	}
}
