import { failureCodes, isUnsentCode } from '../contract/journal/request-failures.ts';

/** k6's error codes: https://grafana.com/docs/k6/latest/javascript-api/error-codes/. */
const invalidUrlCode = 1020;

/** What became of a request that got no answer, and why: a code of contract/journal/request-failures.ts, or k6's. */
export interface RequestFailure {
  readonly outcome: 'timeout' | 'failed' | 'unsent';
  readonly code: number;
}

/**
 * Where k6 has one code for many reasons, its message tells. What a server writes can stand behind "malformed HTTP response" alone,
 * so each pattern holds from the message's start.
 */
const byMessage: readonly (readonly [pattern: RegExp, code: number])[] = [
  [/^dial: .*`too many open files/, failureCodes.noFileDescriptor],
  [/^dial: .*`(?:(?:cannot|can't) assign requested address|address already in use)/, failureCodes.noPort],
  [/^dial: .*`(?:no buffer space available|cannot allocate memory)/, failureCodes.noMemory],
  [/^dial: .*`network is (?:unreachable|down)/, failureCodes.noRoute],
  [/^dial: .*`(?:permission denied|operation not permitted)/, failureCodes.notPermitted],
  [/^x509: certificate has expired or is not yet valid/, failureCodes.certificateExpired],
  [/^x509: /, failureCodes.certificateInvalid],
  [
    /^remote error: tls: (?:certificate required|(?:bad|unsupported|revoked|expired|unknown) certificate(?: authority)?)$/,
    failureCodes.clientCertificate,
  ],
  [/^remote error: tls: no application protocol$/, failureCodes.http2Only],
  [/^remote error: tls: /, failureCodes.tls],
  [/^http: server gave HTTP response to HTTPS client$/, failureCodes.plainServer],
  [/^[^"]*malformed HTTP response "\\x15\\x03/, failureCodes.tlsServer],
  [/^[^"]*malformed HTTP response "\\x00\\x00[^"]{1,4}\\x04\\x00/, failureCodes.http2Only],
];

/** k6's codes that have several reasons. */
const isVague = (code: number): boolean => [1000, 1010, 1202, 1210, 1213].includes(code);

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

/**
 * What an error that k6/http threw says of the request: it is Go's url.Error, or k6's own error with a code.
 * Null: it is neither, so the fault is in what we asked for.
 */
export function requestFailure(error: unknown): RequestFailure | null {
  const failure = fieldOf(error, 'value');
  const inner = fieldOf(failure, 'err');
  const given = Number(String(fieldOf(inner, 'code') ?? fieldOf(failure, 'code')));
  if (given === invalidUrlCode || (inner === undefined && Number.isNaN(given))) return null;
  const message = String(fieldOf(inner, 'message') ?? fieldOf(failure, 'message') ?? '');
  const told = isVague(given) ? byMessage.find(([pattern]) => pattern.test(message))?.[1] : undefined;
  const code = told ?? (Number.isNaN(given) ? 0 : given);
  return { outcome: outcomeOf(code), code };
}

function outcomeOf(code: number): RequestFailure['outcome'] {
  if (code === failureCodes.timeout) return 'timeout';
  return isUnsentCode(code) ? 'unsent' : 'failed';
}
