import { fieldsOf } from '../../analysis/journal/fields.ts';
import type { TargetInput } from '../../contract/profile/profile.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import type { CurlRequest } from './curl-command.ts';
import { decoded, isWebhookName, looksSecret, parsedOrNull, printable, schemaOf, withPrefix } from './curl-values.ts';
import { type Draft, Notes } from './draft.ts';
import { FieldWords, harmless, isIdName, isSecretField, soundsSecret } from './field-words.ts';
import { usualAnswers } from './guess-answers.ts';
import { carriesSecret, signatureOf, withTimestamp } from './guess-secret.ts';
import { draftOf } from './parts.ts';
import { References } from './schema.ts';
import { idFormOf } from './uuid-field.ts';

type Secret = NonNullable<TargetInput['secret']>;

/** What clients send of themselves. */
const ofClient =
  /^(?:accept|accept-encoding|accept-language|cache-control|connection|content-length|content-type|cookie|dnt|host|origin|pragma|priority|referer|user-agent|sec-.*|te|upgrade-insecure-requests|x-requested-with|expect)$/i;

/** A profile from one command that sends a signal. No secret of it stands in the profile. */
export function draftFromCurl(request: CurlRequest): Draft {
  const { method } = request;
  if (method !== 'POST' && method !== 'PUT' && method !== 'PATCH' && method !== 'GET') {
    throw new ExpectedError(`--curl: it sends ${method.slice(0, 20)}; webhooks are sent by POST, PUT, PATCH or GET`);
  }
  const notes = new Notes();
  const reader = new CurlReader(request, notes);
  const { url, flags } = request;
  if (flags.has('insecure'))
    notes.add('baseUrl', 'The command does not check the certificate (-k): set TLS_CA_FILE to what signed it.');
  if (flags.has('location'))
    notes.add(
      'baseUrl',
      'The command follows redirects (-L); here none is followed: name the place where signals end.',
    );
  notes.add(
    'request',
    '{id} (or {uuid}), {action}, {ticker}, {quantity} and {price} differ from signal to signal; all else is sent as in the command.',
  );
  notes.add(
    'limiter',
    "Nothing is known of a limit. If there is one, declare it: { kind: 'sliding', limit: 10, windowMs: 1000 }.",
  );
  notes.add(
    'provisioning',
    'Webhooks exist already: WEBHOOK_TOKEN and WEBHOOK_SECRET name them, several separated by commas.',
  );
  notes.add('monitoring', 'Paths that the monitor asks: a health check, and a Prometheus page (metrics).');
  return draftOf(
    {
      source: `a curl command to ${url.origin}`,
      name: url.hostname,
      baseUrl: url.origin,
      request: {
        ...(method === 'POST' ? {} : { method }),
        path: reader.path,
        headers: reader.headers,
        ...(reader.contentType === 'application/json' ? {} : { contentType: reader.contentType }),
        ...(method === 'GET' ? {} : { body: reader.body }),
      },
      secret: reader.secret,
      answers: usualAnswers(notes),
      limiter: { kind: 'none' },
      idFields: reader.idFields,
      idHeaders: reader.idHeaders,
      provisioning: { kind: 'given' },
      monitoring: { health: null, redis: null, database: null, metrics: null },
      secrets: reader.secrets,
    },
    notes,
  );
}

class CurlReader {
  readonly headers: Record<string, string> = {};
  readonly idHeaders: string[] = [];
  readonly secrets = new Map<string, string>();
  secret: Secret | null = null;
  path: string;
  contentType = 'application/json';
  body: string | Record<string, unknown> = {};
  idFields: readonly string[] = [];
  readonly #notes: Notes;
  readonly #words = new FieldWords(new References({}));

  constructor({ url, headers, body, user, method }: CurlRequest, notes: Notes) {
    this.#notes = notes;
    for (const [name, value] of headers) this.#signature(name, value);
    this.secret = withTimestamp(this.secret, headers, notes);
    if (user !== null) this.#basic(user);
    for (const [name, value] of headers) this.#header(name, value);
    this.path = this.#pathOf(url);
    const declared = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? null;
    if (method !== 'GET') this.#readBody(body ?? '', declared);
    const cookie = headers.find(([name]) => name.toLowerCase() === 'cookie')?.[1];
    if (cookie !== undefined) this.#cookie(cookie);
    this.#hideRepeated();
  }

  /** Keeps a value for an environment variable. @returns the placeholder that stands for it. */
  #keep(name: 'WEBHOOK_SECRET' | 'WEBHOOK_TOKEN', value: string): string {
    this.secrets.set(name, value);
    return name === 'WEBHOOK_SECRET' ? '{secret}' : '{token}';
  }

  #signature(name: string, value: string): void {
    if (this.secret !== null) return;
    this.secret = signatureOf(name, value, this.#notes);
    if (this.secret !== null) {
      this.#notes.add(
        'secret',
        'The command holds one signature, not the secret that makes it: set WEBHOOK_SECRET to that.',
      );
    }
  }

  #basic(user: string): void {
    const encoded = Buffer.from(user.includes(':') ? user : `${user}:`).toString('base64');
    if (this.secret !== null) {
      this.headers.Authorization = `Basic ${this.#keep('WEBHOOK_TOKEN', encoded)}`;
      return;
    }
    this.#keep('WEBHOOK_SECRET', encoded);
    this.secret = { in: 'header', name: 'Authorization', prefix: 'Basic ' };
    this.#notes.add('secret', 'User and password of the command: WEBHOOK_SECRET holds user:password in base64.');
  }

  #header(name: string, value: string): void {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || ofClient.test(name)) return;
    const { secret } = this;
    if (
      secret?.in === 'signature' &&
      Object.keys(secret.headers).some((own) => own.toLowerCase() === name.toLowerCase())
    )
      return;
    if (carriesSecret(name) || /^(?:Bearer|Basic|Token) +\S/i.test(value)) {
      const [, scheme = '', rest = value] = /^([A-Za-z]+ +)?(\S.*)$/s.exec(value) ?? [];
      if (this.secret === null) {
        this.#keep('WEBHOOK_SECRET', rest);
        this.secret = { in: 'header', name, ...(scheme === '' ? {} : { prefix: scheme.replace(/ +$/, ' ') }) };
        this.#notes.add(
          'secret',
          `The header ${name} of the command: WEBHOOK_SECRET holds its value${scheme === '' ? '' : `, without "${scheme.trim()} "`}.`,
        );
      } else if (!this.secrets.has('WEBHOOK_TOKEN'))
        this.headers[name] = `${scheme}${this.#keep('WEBHOOK_TOKEN', rest)}`;
      else this.#notes.add('request', `The header ${name} was left out: a profile has room for two secrets.`);
      return;
    }
    if (
      isIdName(name.replace(/^x-/i, '')) ||
      /delivery|idempotency-key|(?:request|event|message|webhook|svix)-id$/i.test(name)
    ) {
      this.headers[name] = String(withPrefix(idFormOf(value), value));
      if (/idempotency/i.test(name)) this.idHeaders.push(name);
      return;
    }
    if (soundsSecret(name)) this.#leaveOut(`The header ${name}`);
    else {
      this.headers[name] = String(harmless(printable(value)));
      if (/\$\{?[A-Za-z_]/.test(value))
        this.#notes.add(
          'request',
          `${name} holds a variable of your shell, as it stands in the command: write its value.`,
        );
    }
  }

  #leaveOut(what: string): void {
    this.#notes.add(
      'request',
      `${what} was left out: it sounds like a secret. If the server needs it, send it as {secret} or {token}.`,
    );
  }

  /** Cookies are a browser's, unless nothing else says who sends. */
  #cookie(value: string): void {
    if (this.secret !== null || this.secrets.size > 0) {
      this.#notes.add('request', 'The cookies of the command were left out: senders of webhooks have none.');
      return;
    }
    this.#keep('WEBHOOK_SECRET', value);
    this.secret = { in: 'header', name: 'Cookie' };
    this.#notes.add('secret', 'Nothing but the cookies says who sends: WEBHOOK_SECRET holds them.');
  }

  #pathOf(url: URL): string {
    const parts = url.pathname.split('/');
    const at = parts.findLastIndex((part, n) => looksSecret(part) || isWebhookName(parts[n - 1] ?? '', part));
    const named = parts.map((part, n) => {
      if (n !== at || this.secrets.has('WEBHOOK_TOKEN')) return harmless(decoded(part, part));
      this.#notes.add('request', '{token} in the path is taken for the name of the webhook: WEBHOOK_TOKEN holds it.');
      return this.#keep('WEBHOOK_TOKEN', decoded(part, part));
    });
    const path = named.map((part) => (part === '{token}' ? part : encodeURI(String(part)))).join('/');
    const query = [...url.searchParams].flatMap(([name, value]) => this.#queryPart(name, value));
    return `${path || '/'}${query.length === 0 ? '' : `?${query.join('&')}`}`;
  }

  #queryPart(name: string, value: string): readonly string[] {
    const key = encodeURIComponent(name);
    if (!carriesSecret(name)) {
      if (soundsSecret(name)) {
        this.#leaveOut(`The parameter ${name}`);
        return [];
      }
      const word = isIdName(name) ? idFormOf(value) : encodeURIComponent(String(harmless(value)));
      return [`${key}=${word}`];
    }
    if (this.secret === null) {
      this.#keep('WEBHOOK_SECRET', value);
      this.secret = { in: 'query', name };
      this.#notes.add('secret', `The parameter ${name} of the command: WEBHOOK_SECRET holds its value.`);
      return [];
    }
    if (!this.secrets.has('WEBHOOK_TOKEN')) return [`${key}=${this.#keep('WEBHOOK_TOKEN', value)}`];
    this.#notes.add('request', `The parameter ${name} was left out: a profile has room for two secrets.`);
    return [];
  }

  #readBody(text: string, declared: string | null): void {
    const json = fieldsOf(parsedOrNull(text));
    const isForm = declared === null ? json === null && /^[\w.[\]%-]+=/.test(text) : /form-urlencoded/i.test(declared);
    if (json !== null && !isForm) {
      this.contentType = declared !== null && /json/i.test(declared) ? declared : 'application/json';
      if (declared === null)
        this.#notes.add('request', 'The command names no content type; the body is JSON, so it is sent as that.');
      this.#readFields(json);
      return;
    }
    if (isForm) {
      this.contentType = 'application/x-www-form-urlencoded';
      this.#readFields(Object.fromEntries(new URLSearchParams(text)));
      return;
    }
    this.contentType = declared ?? 'text/plain';
    this.body = text === '' ? '{id}' : `${String(harmless(text))} {id}`;
    this.#notes.add(
      'request',
      'The body is not a JSON object: {id} stands at its end. Write it where the server looks for what makes a signal unlike others.',
    );
  }

  #readFields(fields: Readonly<Record<string, unknown>>): void {
    const ids: string[] = [];
    const body = Object.entries(fields).flatMap(([name, value]): [string, unknown][] => {
      if (isSecretField(name) && typeof value === 'string' && value !== '') {
        if (this.secret === null) {
          this.#keep('WEBHOOK_SECRET', value);
          this.secret = { in: 'body', field: name };
          return [];
        }
        if (this.secrets.has('WEBHOOK_TOKEN')) return [];
        return [[name, this.#keep('WEBHOOK_TOKEN', value)]];
      }
      const guess = this.#words.of(name, schemaOf(value));
      if (guess.isUnique) ids.push(name);
      if (guess.note !== null) this.#notes.add('request', guess.note);
      return [[name, withPrefix(guess.value, value)]];
    });
    this.body = Object.fromEntries(body);
    this.idFields = ids;
  }

  /** A secret that stands elsewhere in the command, too, becomes the same placeholder there. */
  #hideRepeated(): void {
    const hide = (value: unknown): unknown => {
      if (typeof value === 'string') return this.#hidden(value);
      if (Array.isArray(value)) return value.map((item: unknown) => hide(item));
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, hide(inner)]));
    };
    this.body = typeof this.body === 'string' ? this.#hidden(this.body) : (fieldsOf(hide(this.body)) ?? {});
    for (const [name, value] of Object.entries(this.headers)) this.headers[name] = this.#hidden(value);
    this.path = this.#hidden(this.path);
  }

  #hidden(text: string): string {
    let hidden = text;
    for (const [name, value] of this.secrets) {
      if (value.length >= 4) hidden = hidden.replaceAll(value, name === 'WEBHOOK_SECRET' ? '{secret}' : '{token}');
    }
    return hidden;
  }
}
