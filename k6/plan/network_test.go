package plan

import (
	"testing"

	"go.k6.io/k6/v2/lib"
)

// A look-up of one phase serves the next: an outage of the resolver in between is none of the load.
func TestPhasesWithTheSameSettingsShareOneResolver(t *testing.T) {
	options := &lib.Options{}
	first, err := dialerOf(options)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := dialerOf(options); err != nil || second.Resolver != first.Resolver || second == first {
		t.Errorf("%v: %p and %p", err, first.Resolver, second.Resolver)
	}
	other := &lib.Options{}
	other.DNS.TTL.String = "0"
	if second, err := dialerOf(other); err != nil || second.Resolver == first.Resolver {
		t.Errorf("%v: other settings, the same resolver", err)
	}
}
