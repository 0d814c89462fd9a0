/** What the codes of a connection mean. Texts of clients are not told: they may name host, user, database and password. */
const reasons: readonly (readonly [RegExp, string])[] = [
  // SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
  [/^53300$/, 'too many connections'],
  [/^(?:28000|28P01|WRONGPASS|NOAUTH)$/, 'authentication failed'],
  [/^3D000$/, 'no such database'],
  [/^57P03$/, 'it is starting, stopping or recovering'],
  [/^57P0[12]$/, 'it ended the connection'],
  [/^53/, 'it is out of memory, disk or other resources'],
  // Redis: the first word of its error.
  [/^MAXCLIENTS$/, 'too many connections'],
  [/^LOADING$/, 'it is loading its data'],
  [/^BUSY$/, 'a script holds it'],
  // The system.
  [/^(?:ECONNREFUSED|ENOENT)$/, 'connection refused: nobody listens'],
  [/^(?:EHOSTUNREACH|ENETUNREACH)$/, 'the host cannot be reached'],
  [/^(?:ECONNRESET|EPIPE|ECONNABORTED)$/, 'the connection broke'],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'its host name does not resolve'],
  [/^ETIMEDOUT$/, 'no answer in time'],
  [/^(?:ERR_(?:TLS|SSL|OSSL)|CERT_|DEPTH_ZERO|UNABLE_TO_|SELF_SIGNED|EPROTO)/, 'TLS failed'],
];

/** The code of an error of a store's client; of Redis the first word of what it answered. Null for none. */
function refusalCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (/^ERR max number of clients/.test(error.message)) return 'MAXCLIENTS';
  const own = 'code' in error ? String(error.code) : '';
  const code = own === '' ? (/^[A-Z]+(?= )/.exec(error.message)?.[0] ?? '') : own;
  return /^[A-Z0-9_]{2,40}$/.test(code) ? code : null;
}

/** `too many connections (53300)`. */
export function refusalWords(error: unknown): string {
  const code = refusalCode(error);
  const text = error instanceof Error ? error.message : '';
  if (code === null) {
    return /Connection (?:is closed|terminated)|not queryable/.test(text)
      ? 'the connection broke'
      : 'no answer in time';
  }
  const reason = reasons.find(([pattern]) => pattern.test(code))?.[1];
  return reason === undefined ? code : `${reason} (${code})`;
}
