package plan

import (
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"time"

	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"
	"go.k6.io/k6/v2/lib/types"
)

// lookups are the DNS settings that a resolver keeps to.
type lookups struct {
	keep    time.Duration
	selects types.DNSSelect
	policy  types.DNSPolicy
}

// resolvers are those of this process, by their settings. What one phase has looked up the next knows.
var resolvers sync.Map

func (l lookups) resolver() netext.Resolver {
	if known, ok := resolvers.Load(l); ok {
		return known.(netext.Resolver) //nolint:forcetypeassert // nothing else is in it
	}
	made, _ := resolvers.LoadOrStore(l, netext.NewResolver(net.LookupIP, l.keep, l.selects, l.policy))
	return made.(netext.Resolver) //nolint:forcetypeassert // nothing else is in it
}

// dialerOf gives the dialer that a VU of k6 would have: with its hosts, blocked names and addresses, and its DNS settings.
func dialerOf(options *lib.Options) (*netext.Dialer, error) {
	defaults := types.DefaultDNSConfig()
	ttl, selects, policy := options.DNS.TTL.String, options.DNS.Select, options.DNS.Policy
	if !selects.Valid {
		selects = defaults.Select
	}
	if !policy.Valid {
		policy = defaults.Policy
	}
	if ttl == "" {
		ttl = defaults.TTL.String
	}
	keep := 365 * 24 * time.Hour
	if ttl != "inf" {
		var err error
		if keep, err = types.ParseExtendedDuration(ttl); err != nil || keep < 0 {
			return nil, fmt.Errorf("invalid DNS TTL: %s", ttl)
		}
	}
	d := &netext.Dialer{
		Dialer:           net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second},
		Resolver:         lookups{keep, selects.DNSSelect, policy.DNSPolicy}.resolver(),
		Blacklist:        options.BlacklistIPs,
		BlockedHostnames: options.BlockedHostnames.Trie,
		Hosts:            options.Hosts.Trie,
	}
	if options.LocalIPs.Valid {
		d.LocalAddr = &net.TCPAddr{IP: options.LocalIPs.Pool.GetIP(0)}
	}
	return d, nil
}

// tlsOf gives the TLS settings that a VU of k6 would have.
func tlsOf(test *lib.TestRunState) (*tls.Config, error) {
	options := &test.Options
	config := &tls.Config{ //nolint:gosec // the user's options decide
		InsecureSkipVerify: options.InsecureSkipTLSVerify.Bool,
		Renegotiation:      tls.RenegotiateFreelyAsClient,
		KeyLogWriter:       test.KeyLogger,
	}
	if options.TLSCipherSuites != nil {
		config.CipherSuites = *options.TLSCipherSuites
	}
	if options.TLSVersion != nil {
		config.MinVersion, config.MaxVersion = uint16(options.TLSVersion.Min), uint16(options.TLSVersion.Max) //nolint:gosec // two bytes
	}
	for _, auth := range options.TLSAuth {
		certificate, err := auth.Certificate()
		if err != nil {
			return nil, err
		}
		config.Certificates = append(config.Certificates, *certificate)
	}
	return config, nil
}
