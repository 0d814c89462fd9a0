import { type LookupAddress, lookup } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';

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
export function pinnedAgent(baseUrl: URL, address: string | null, resolve: typeof lookup = lookup): HttpAgent {
  const options = { lookup: resolveOnce(address, resolve) };
  return baseUrl.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
}
