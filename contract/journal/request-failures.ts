/**
 * Why a request got no answer, by the `error` of its ledger row. Below 2000 they are k6's codes
 * (https://grafana.com/docs/k6/latest/javascript-api/error-codes/); ours tell apart what k6 has one code for. k6/sender/errors.go spells
 * the same numbers in Go.
 */
export const failureCodes = {
  timeout: 1050,
  dns: 1100,
  noSuchHost: 1101,
  blockedAddress: 1110,
  blockedHost: 1111,
  refused: 1212,
  tls: 1300,
  unknownAuthority: 1310,
  wrongHostname: 1311,
  noFileDescriptor: 2001,
  noPort: 2002,
  noMemory: 2003,
  noRoute: 2004,
  notPermitted: 2005,
  certificateExpired: 2011,
  certificateInvalid: 2012,
  clientCertificate: 2013,
  plainServer: 2021,
  tlsServer: 2022,
  http2Only: 2023,
  noHttp2: 2024,
} as const;

/** What kept a request on this side, and what to do about it. */
export interface Obstacle {
  readonly cause: string;
  readonly remedy: string;
}

const byCode: ReadonlyMap<number, Obstacle> = new Map<number, Obstacle>([
  [failureCodes.dns, { cause: 'DNS: the host could not be looked up', remedy: 'check the resolver of this machine' }],
  [failureCodes.noSuchHost, { cause: 'DNS: the host does not exist', remedy: 'check the host of BASE_URL' }],
  [
    failureCodes.blockedAddress,
    {
      cause: 'the address is not loopback, and k6 refuses it',
      remedy: 'allow the host with --allow-host, or with ALLOW_HOST for a bundle alone',
    },
  ],
  [
    failureCodes.blockedHost,
    {
      cause: 'the host is blocked, and k6 refuses it',
      remedy: 'allow the host with --allow-host, or with ALLOW_HOST for a bundle alone',
    },
  ],
  [
    failureCodes.unknownAuthority,
    {
      cause: 'certificate signed by unknown authority',
      remedy: "set TLS_CA_FILE to a PEM file with the certificate of the server's CA",
    },
  ],
  [
    failureCodes.wrongHostname,
    {
      cause: 'the certificate is for another host',
      remedy: 'use the name in the certificate as the host of BASE_URL',
    },
  ],
  [
    failureCodes.noFileDescriptor,
    { cause: 'no file descriptor', remedy: 'raise `ulimit -n` where webhook-stress runs' },
  ],
  [
    failureCodes.noPort,
    {
      cause: 'no local port',
      remedy: 'widen net.ipv4.ip_local_port_range, or have the server keep connections alive',
    },
  ],
  [failureCodes.noMemory, { cause: 'no memory for a socket', remedy: 'give the load generator more memory' }],
  [
    failureCodes.noRoute,
    { cause: 'no network to the server from here', remedy: 'check the routes and interfaces of this machine' },
  ],
  [
    failureCodes.notPermitted,
    { cause: 'this machine does not permit the connection', remedy: 'check its firewall and sandbox' },
  ],
  [
    failureCodes.certificateExpired,
    {
      cause: 'the certificate has expired or is not valid yet',
      remedy: 'renew it, and check the clock of this machine',
    },
  ],
  [
    failureCodes.certificateInvalid,
    {
      cause: 'the certificate is not trusted for this use',
      remedy: 'look at it with `openssl x509 -text`, and at what signed it',
    },
  ],
  [
    failureCodes.clientCertificate,
    {
      cause: 'the server demands a client certificate',
      remedy: 'set TLS_CERT_FILE and TLS_KEY_FILE to one that it trusts',
    },
  ],
  [
    failureCodes.plainServer,
    { cause: 'TLS was sent to a port that speaks plain HTTP', remedy: 'begin BASE_URL with http://' },
  ],
  [
    failureCodes.tlsServer,
    { cause: 'plain HTTP was sent to a port that speaks HTTPS', remedy: 'begin BASE_URL with https://' },
  ],
  [
    failureCodes.http2Only,
    {
      cause: 'the server speaks HTTP/2 only',
      remedy:
        'allow HTTP/1.1 on this port: checks and the monitor keep to it, and webhooks are sent by it unless HTTP_VERSION=2',
    },
  ],
  [
    failureCodes.noHttp2,
    { cause: 'the server does not speak HTTP/2', remedy: 'set HTTP_VERSION=1.1, or enable HTTP/2 on this port' },
  ],
]);

const unknownObstacle: Obstacle = { cause: 'no connection from here', remedy: 'see the log of k6 in the journal' };

/** Whether a request that failed so never got to the server, for a reason on this side: its outcome is `unsent`. */
export const isUnsentCode = (code: number): boolean => byCode.has(code);

/**
 * Codes of requests that never had a connection: look-up (1100–1111), dial (1210–1213), and those of ours. Other TCP errors, 1200 to 1202
 * and 1220, are of connections that stood, so the server may have read the request.
 * Source: k6, lib/netext/httpext/error_codes.go.
 */
export const isNeverConnected = (code: number): boolean =>
  (code >= 1100 && code <= 1111) || (code >= 1210 && code <= 1213) || isUnsentCode(code);

export const obstacleOf = (code: number): Obstacle => byCode.get(code) ?? unknownObstacle;

/** "no file descriptor: raise `ulimit -n` …" */
export function obstacleText(code: number): string {
  const { cause, remedy } = obstacleOf(code);
  return `${cause}: ${remedy}`;
}

/**
 * Why a server in front answered 400 without reading the request: a code, or 0 if it has read it. The texts are those of nginx and of Go's
 * net/http.
 */
export function unreadBy(status: number, body: string, isTls: boolean): number {
  if (status !== 400) return 0;
  if (
    !isTls &&
    /The plain HTTP request was sent to HTTPS port|Client sent an HTTP request to an HTTPS server/.test(body)
  ) {
    return failureCodes.tlsServer;
  }
  return isTls && /No required SSL certificate was sent|The SSL certificate error/.test(body)
    ? failureCodes.clientCertificate
    : 0;
}
