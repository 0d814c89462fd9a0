import { type LookupAddress, lookup } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';

/** PEM texts: what a server's certificate is checked by beside the public authorities, and the client certificate with its key. */
export interface TlsTrust {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

/** The same as options of Node's TLS. */
export function tlsOptions(trust: TlsTrust | null): {
  ALPNProtocols: string[];
  ca?: string[];
  cert?: string;
  key?: string;
} {
  return {
    // As the generator says it: a server that speaks HTTP/2 only then refuses at once.
    ALPNProtocols: ['http/1.1'],
    ...(trust?.ca ? { ca: [...rootCertificates, trust.ca] } : {}),
    ...(trust?.cert && trust.key ? { cert: trust.cert, key: trust.key } : {}),
  };
}

/**
 * Resolves a host once: every connection goes to what it resolved to first, whatever its name resolves to later. So nobody who
 * controls the name can have the token of the probes sent elsewhere in mid-run.
 * @param address the IP address if it is known already.
 */
function resolveOnce(address: string | null, resolve: typeof lookup): LookupFunction {
  let known: readonly LookupAddress[] | null = address === null ? null : [{ address, family: isIP(address) }];
  return (host, options, done) => {
    function answer(found: readonly LookupAddress[]): void {
      const [first] = found;
      if (options.all === true) done(null, [...found]);
      else if (first !== undefined) done(null, first.address, first.family);
    }
    if (known !== null) return answer(known);
    resolve(host, { all: true }, (error, found) => {
      if (error !== null || found.length === 0) return done(error ?? new Error(`${host} does not resolve`), '');
      known ??= found;
      answer(known);
    });
  };
}

/** Connections for one base URL, all to one address. */
export function pinnedAgent(
  baseUrl: URL,
  address: string | null,
  trust: TlsTrust | null = null,
  { resolve = lookup, keepAlive = false }: { readonly resolve?: typeof lookup; readonly keepAlive?: boolean } = {},
): HttpAgent {
  const options = { lookup: resolveOnce(address, resolve), keepAlive };
  return baseUrl.protocol === 'https:' ? new HttpsAgent({ ...options, ...tlsOptions(trust) }) : new HttpAgent(options);
}
