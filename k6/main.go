// Command k6 is the pinned k6 with the timeline output built in.
package main

import (
	"go.k6.io/k6/v2/cmd"

	_ "webhook-stress/k6/timeline"
)

func main() {
	cmd.Execute()
}
