import { placeholdersIn } from './placeholders.ts';
import { toldBy } from './unknown-field.ts';

// A profile stands in run.json and in every report, so it must not hold a secret. What is named like one, or has the shape of
// one, is refused unless its value comes from elsewhere.

const secretName = /authorization|cookie|key|token|secret|passw(or)?d|signature|credential/i;

const fromEnvironment = 'write {token} or {secret}, whose values come from WEBHOOK_TOKEN and WEBHOOK_SECRET';
const fromReadback =
  'write {token}, {secret} or {readbackToken}, whose values come from WEBHOOK_TOKEN, WEBHOOK_SECRET and READBACK_TOKEN';
const fromSigning = 'write {signature} where the signature stands, such as sha256={signature}';
const fromCommand = 'let the command read it from an environment variable';
const fromUrl = 'the URL of the store comes from READBACK_POSTGRES_URL or READBACK_REDIS_URL';
const fromMonitoring = 'remove it: MONITORING_TOKEN is sent as a bearer token';
const fromServer = 'remove it, and name the field of the answer in provisioning.create.secretFields';

/** A password in a URL, unless a shell variable or a placeholder stands for it. */
const urlWithPassword = /[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:(?![${])[^\s/@]+@/i;
/** `--password=x`, `?api_key=x`, `token: x` in a text. */
const assignment = /([\w-]+)["']?\s*[=:]\s*["']?(?![${"'\s&])[^\s"'&,;]+/g;

function isSecretText(text: string): boolean {
  if (urlWithPassword.test(text)) return true;
  return [...text.matchAll(assignment)].some(([, name = '']) => secretName.test(name));
}

const problem = (path: string, advice: string): string =>
  `${path}: looks like a secret, which a profile must not contain: ${advice}`;

/** Literal values under names of secrets, at any depth; `advice` says what to do instead. */
function namedSecrets(path: string, value: unknown, advice: string, name = ''): string[] {
  if (typeof value === 'string') {
    const named = secretName.test(name) && value !== '' && placeholdersIn(value).length === 0;
    return named || urlWithPassword.test(value) ? [problem(path, advice)] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    namedSecrets(`${path}.${key}`, inner, advice, Array.isArray(value) ? name : key),
  );
}

const textSecrets = (path: string, text: string, advice: string): string[] =>
  isSecretText(text) ? [problem(path, advice)] : [];

const bodySecrets = (path: string, body: unknown, advice: string): string[] =>
  typeof body === 'string' ? textSecrets(path, body, advice) : namedSecrets(path, body, advice);

interface Written {
  readonly request: { readonly path: string; readonly headers: object; readonly body: unknown } | null;
  readonly secret: { readonly in: string; readonly headers?: object } | null;
  readonly monitoring: {
    readonly metrics: string | null;
    readonly collect:
      | { readonly by: 'request'; readonly url: string }
      | { readonly by: 'command'; readonly command: readonly string[] }
      | null;
  } | null;
  readonly readback:
    | { readonly kind: 'none' }
    | { readonly kind: 'url'; readonly path: string; readonly headers: object }
    | { readonly kind: 'command'; readonly command: readonly string[] }
    | { readonly kind: 'query'; readonly query: string | readonly string[] }
    | null;
  readonly provisioning:
    | { readonly kind: 'given' }
    | {
        readonly kind: 'create';
        readonly login: { readonly path: string };
        readonly create: { readonly path: string; readonly body: unknown };
      }
    | null;
}

function ofMonitoring({ metrics, collect }: NonNullable<Written['monitoring']>): string[] {
  const at = 'monitoring.collect';
  return [
    ...(metrics === null ? [] : textSecrets('monitoring.metrics', metrics, fromMonitoring)),
    ...(collect?.by === 'request' ? textSecrets(`${at}.url`, collect.url, fromMonitoring) : []),
    ...(collect?.by === 'command'
      ? collect.command.flatMap((word, n) => textSecrets(`${at}.command.${n}`, word, fromCommand))
      : []),
  ];
}

/** Every literal secret in a profile, as `path: what to do`; the secret itself is not repeated. */
export function literalSecrets(written: Written): string[] {
  const { request, secret, readback, provisioning, monitoring } = written;
  return toldBy(
    () => (request === null ? [] : textSecrets('request.path', request.path, fromEnvironment)),
    () => (request === null ? [] : namedSecrets('request.headers', request.headers, fromEnvironment)),
    () => (request === null ? [] : bodySecrets('request.body', request.body, fromEnvironment)),
    () => (secret?.headers === undefined ? [] : namedSecrets('secret.headers', secret.headers, fromSigning)),
    () => (readback?.kind === 'url' ? textSecrets('readback.path', readback.path, fromReadback) : []),
    () => (readback?.kind === 'url' ? namedSecrets('readback.headers', readback.headers, fromReadback) : []),
    () =>
      readback?.kind === 'command'
        ? readback.command.flatMap((word, n) => textSecrets(`readback.command.${n}`, word, fromCommand))
        : [],
    () => (readback?.kind === 'query' ? namedSecrets('readback.query', readback.query, fromUrl) : []),
    () => (monitoring === null ? [] : ofMonitoring(monitoring)),
    () => (provisioning?.kind === 'create' ? ofCreation(provisioning) : []),
  );
}

function ofCreation({ login, create }: Extract<Written['provisioning'], { kind: 'create' }>): string[] {
  return [
    ...textSecrets('provisioning.login.path', login.path, fromServer),
    ...textSecrets('provisioning.create.path', create.path, fromServer),
    ...bodySecrets('provisioning.create.body', create.body, fromServer),
  ];
}
