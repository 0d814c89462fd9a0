/** k6's error codes: https://grafana.com/docs/k6/latest/javascript-api/error-codes/. */
const requestTimeoutCode = 1050;
const invalidUrlCode = 1020;

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

/**
 * What an error that k6/http threw says of the request: it is Go's url.Error, or k6's own error with a code.
 * Null: it is neither, so the fault is on our side, not the server's.
 */
export function requestFailure(error: unknown): 'timeout' | 'failed' | null {
  const failure = fieldOf(error, 'value');
  const inner = fieldOf(failure, 'err');
  const code = Number(String(fieldOf(inner, 'code') ?? fieldOf(failure, 'code')));
  if (code === requestTimeoutCode) return 'timeout';
  if (code === invalidUrlCode) return null;
  return inner !== undefined || !Number.isNaN(code) ? 'failed' : null;
}
