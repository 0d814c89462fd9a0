import { failureCodes, isUnsentCode } from '../contract/journal/request-failures.ts';

/** k6's error codes: https://grafana.com/docs/k6/latest/javascript-api/error-codes/. */
const invalidUrlCode = 1020;

/** What became of a request that got no answer, and why: a code of contract/journal/request-failures.ts, or k6's. */
export interface RequestFailure {
  readonly outcome: 'timeout' | 'failed' | 'unsent';
  readonly code: number;
}

/**
 * Where k6 tells no code, or has one for many reasons, the text tells: k6's own message or Go's. What a server writes can stand behind
 * "malformed HTTP response" alone, so each pattern holds from the text's start.
 */
const byText: readonly (readonly [pattern: RegExp, code: number])[] = [
  [/^dial[: ].*too many open files/, failureCodes.noFileDescriptor],
  [/^dial[: ].*(?:(?:cannot|can't) assign requested address|address already in use)/, failureCodes.noPort],
  [/^dial[: ].*(?:no buffer space available|cannot allocate memory)/, failureCodes.noMemory],
  [/^dial[: ].*network is (?:unreachable|down)/, failureCodes.noRoute],
  [/^dial[: ].*(?:permission denied|operation not permitted)/, failureCodes.notPermitted],
  [/^(?:dial tcp: )?lookup .*: no such host$/, failureCodes.noSuchHost],
  [/^(?:dial tcp: )?lookup /, failureCodes.dns],
  [/^IP \(.*\) is in a blacklisted range/, failureCodes.blockedAddress],
  [/^hostname \(.*\) is in a blocked pattern/, failureCodes.blockedHost],
  [
    /^(?:tls: failed to verify certificate: )?x509: certificate has expired or is not yet valid/,
    failureCodes.certificateExpired,
  ],
  [/^tls: failed to verify certificate: x509: certificate signed by unknown authority/, failureCodes.unknownAuthority],
  [
    /^tls: failed to verify certificate: x509: (?:certificate is (?:valid for|not valid for any names)|cannot validate certificate for)/,
    failureCodes.wrongHostname,
  ],
  [/^(?:tls: failed to verify certificate: )?x509: /, failureCodes.certificateInvalid],
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
const isVague = (code: number): boolean => Number.isNaN(code) || [1000, 1010, 1202, 1210, 1213].includes(code);

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
  const text = textOf(inner) ?? textOf(failure) ?? '';
  const told = isVague(given) ? byText.find(([pattern]) => pattern.test(text))?.[1] : undefined;
  const code = told ?? (Number.isNaN(given) ? 0 : given);
  return { outcome: outcomeOf(code), code };
}

/** The message of k6's own error, or the text of Go's. That of url.Error would name the URL, and so the secret. */
function textOf(error: unknown): string | null {
  const message = fieldOf(error, 'message');
  if (typeof message === 'string') return message;
  const text = fieldOf(error, 'error');
  return typeof text === 'function' && fieldOf(error, 'url') === undefined
    ? String(Reflect.apply(text, error, []))
    : null;
}

function outcomeOf(code: number): RequestFailure['outcome'] {
  if (code === failureCodes.timeout) return 'timeout';
  return isUnsentCode(code) ? 'unsent' : 'failed';
}
