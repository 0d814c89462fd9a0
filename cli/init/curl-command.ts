import { ExpectedError } from '../../contract/report/expected-error.ts';
import { shellWords } from './shell-words.ts';

/** What a curl command sends. */
export interface CurlRequest {
  readonly method: string;
  readonly url: URL;
  /** In their order; a name may come twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | null;
  /** Of -u, as user:password. */
  readonly user: string | null;
  /** Options that say something of the server, such as -k. */
  readonly flags: ReadonlySet<string>;
}

/** Long names of short options. */
const longNames: Readonly<Record<string, string>> = {
  ...{
    X: 'request',
    H: 'header',
    d: 'data',
    u: 'user',
    G: 'get',
    F: 'form',
    b: 'cookie',
    A: 'user-agent',
    e: 'referer',
  },
  ...{
    k: 'insecure',
    L: 'location',
    s: 'silent',
    S: 'show-error',
    v: 'verbose',
    i: 'include',
    o: 'output',
    w: 'write-out',
  },
  ...{
    f: 'fail',
    m: 'max-time',
    x: 'proxy',
    I: 'head',
    N: 'no-buffer',
    g: 'globoff',
    E: 'cert',
    '0': 'http1.0',
    n: 'netrc',
  },
  ...{ '4': 'ipv4', '6': 'ipv6', '#': 'progress-bar', q: 'disable', T: 'upload-file' },
};

const withValue: ReadonlySet<string> = new Set([
  ...[
    'request',
    'header',
    'data',
    'data-raw',
    'data-binary',
    'data-ascii',
    'data-urlencode',
    'json',
    'user',
    'form',
    'form-string',
  ],
  ...[
    'url',
    'cookie',
    'user-agent',
    'referer',
    'output',
    'write-out',
    'max-time',
    'connect-timeout',
    'proxy',
    'cacert',
    'cert',
    'key',
  ],
  ...[
    'retry',
    'retry-delay',
    'resolve',
    'interface',
    'oauth2-bearer',
    'upload-file',
    'cert-type',
    'key-type',
    'ciphers',
    'limit-rate',
  ],
]);

const withoutValue: ReadonlySet<string> = new Set([
  ...[
    'get',
    'insecure',
    'location',
    'silent',
    'show-error',
    'verbose',
    'include',
    'fail',
    'fail-with-body',
    'no-buffer',
    'globoff',
  ],
  ...[
    'compressed',
    'http1.0',
    'http1.1',
    'http2',
    'http2-prior-knowledge',
    'ipv4',
    'ipv6',
    'progress-bar',
    'disable',
    'head',
  ],
  ...[
    'no-progress-meter',
    'basic',
    'tlsv1.2',
    'tlsv1.3',
    'path-as-is',
    'netrc',
    'location-trusted',
    'no-keepalive',
    'ssl-no-revoke',
  ],
]);

const unknownOption = (name: string): ExpectedError =>
  new ExpectedError(
    `--curl: the option ${name} of curl is not known here: leave it out if it changes nothing of what is sent`,
  );

/** Reads a curl command. Throws an ExpectedError that says what to change. */
export function curlRequest(text: string): CurlRequest {
  const words = shellWords(text.replace(/^\s*\$\s+(?=curl)/, ''));
  if (!/^(?:.*[/\\])?curl(?:\.exe)?$/i.test(words[0] ?? '')) {
    throw new ExpectedError(
      '--curl: it does not begin with curl: paste a command such as curl -X POST https://… -d \'{"…"}\'',
    );
  }
  const reader = new OptionReader(words.slice(1));
  return requestOf(reader.options, reader.urls);
}

class OptionReader {
  readonly options: (readonly [name: string, value: string])[] = [];
  readonly urls: string[] = [];

  constructor(words: readonly string[]) {
    for (let at = 0; at < words.length; at += 1) {
      const word = words[at] ?? '';
      const next = words[at + 1];
      if (word.startsWith('--') && word.length > 2) at += this.#long(word.slice(2), next);
      else if (word.startsWith('-') && word.length > 1) at += this.#short(word.slice(1), next);
      else if (word !== '' && word !== '--') this.urls.push(word);
    }
  }

  /** @returns how many further words it took. */
  #long(word: string, next: string | undefined): number {
    const [, name = word, value] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    if (withValue.has(name)) {
      this.#add(name, value ?? next ?? '');
      return value === undefined ? 1 : 0;
    }
    if (!withoutValue.has(name)) throw unknownOption(`--${name.slice(0, 40)}`);
    this.#add(name, '');
    return 0;
  }

  #short(letters: string, next: string | undefined): number {
    for (let at = 0; at < letters.length; at += 1) {
      const name = longNames[letters[at] ?? ''];
      if (name === undefined) throw unknownOption(`-${letters[at]}`);
      if (!withValue.has(name)) {
        this.#add(name, '');
        continue;
      }
      const attached = letters.slice(at + 1);
      this.#add(name, attached === '' ? (next ?? '') : attached);
      return attached === '' ? 1 : 0;
    }
    return 0;
  }

  #add(name: string, value: string): void {
    if (name === 'url') this.urls.push(value);
    else this.options.push([name, value]);
  }
}

function requestOf(options: OptionReader['options'], urls: readonly string[]): CurlRequest {
  const all = (name: string): readonly string[] => options.filter(([own]) => own === name).map(([, value]) => value);
  const flags = new Set(options.map(([name]) => name));
  for (const name of ['form', 'form-string', 'upload-file'] as const) {
    if (flags.has(name))
      throw new ExpectedError(
        `--curl: files and multipart forms (--${name}) are not webhooks: give a command with --data`,
      );
  }
  const data = options.flatMap(([name, value]) => dataOf(name, value));
  const body = data.length === 0 ? null : data.join(flags.has('json') ? '' : '&');
  const url = urlOf(urls[0]);
  const isGet = flags.has('get');
  if (isGet && body !== null) url.search = [url.search.replace(/^\?/, ''), body].filter(Boolean).join('&');
  const headers = all('header').flatMap((line): (readonly [string, string])[] => {
    const at = line.indexOf(':');
    return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1).trim()]] : [];
  });
  const given = (name: string): boolean => headers.some(([own]) => own.toLowerCase() === name);
  return {
    url,
    flags,
    method: (all('request').at(-1) ?? (body === null || isGet ? 'GET' : 'POST')).toUpperCase(),
    body: isGet ? null : body,
    user: all('user').at(-1) ?? null,
    headers: [
      ...headers,
      ...(flags.has('json') && !given('content-type') ? ([['Content-Type', 'application/json']] as const) : []),
      ...all('cookie').map((value) => ['Cookie', value] as const),
      ...all('oauth2-bearer').map((value) => ['Authorization', `Bearer ${value}`] as const),
    ],
  };
}

function dataOf(name: string, value: string): readonly string[] {
  if (name !== 'json' && !name.startsWith('data')) return [];
  if (value.startsWith('@') && name !== 'data-raw') {
    throw new ExpectedError(
      '--curl: the body comes from a file: write the body itself into the command, no file is read',
    );
  }
  if (name !== 'data-urlencode') return [value];
  const [, field = '', text = ''] = /^([^=]*)=?(.*)$/s.exec(value) ?? [];
  return [
    value.includes('=') ? `${field === '' ? '' : `${field}=`}${encodeURIComponent(text)}` : encodeURIComponent(value),
  ];
}

/** The text never goes into a message: it may hold a password. */
function urlOf(text: string | undefined): URL {
  const whole = text === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (whole === undefined || !URL.canParse(whole) || !/^https?:/i.test(whole)) {
    throw new ExpectedError('--curl: it has no URL that begins with http:// or https://');
  }
  return new URL(whole);
}
