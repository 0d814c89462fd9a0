import { type DatabaseWord, databaseWords } from '../../contract/profile/databases.ts';
import type { TargetInput } from '../../contract/profile/profile.ts';
import { type Ask, askUntil, type Wanted } from './ask.ts';
import { askReadback } from './ask-readback.ts';
import { type Draft, Notes } from './draft.ts';
import { usualBody } from './from-openapi.ts';
import { usualAnswers } from './guess-answers.ts';
import { draftOf } from './parts.ts';
import { isUuidName } from './uuid-field.ts';

type Secret = NonNullable<TargetInput['secret']>;

const secretPlaces: Readonly<Record<string, (name: string) => Secret>> = {
  none: () => ({ in: 'none' }),
  query: (name) => ({ in: 'query', name }),
  header: (name) => ({ in: 'header', name }),
  bearer: () => ({ in: 'header', name: 'Authorization', prefix: 'Bearer ' }),
  body: (name) => ({ in: 'body', field: name }),
  signature: (name) => ({ in: 'signature', headers: { [name]: '{signature}' } }),
};

/** A name of a header, a parameter or a field. */
const fieldName = {
  expected: 'letters, digits, _, . and - alone',
  fits: (text: string): boolean => /^[\w.-]{1,100}$/.test(text),
};

async function askSecret(ask: Ask): Promise<Secret | null> {
  const places = Object.keys(secretPlaces);
  const place = await askUntil(ask, {
    question: `Where is the secret (${places.join(', ')})`,
    offered: 'header',
    expected: `one of ${places.join(', ')}`,
    fits: (text) => places.includes(text),
  });
  const isNamed = ['query', 'header', 'body', 'signature'].includes(place);
  const offeredName = place === 'signature' ? 'X-Signature' : place === 'header' ? 'X-Webhook-Secret' : 'secret';
  const name = isNamed ? await askUntil(ask, { question: 'Its name', offered: offeredName, ...fieldName }) : '';
  return secretPlaces[place]?.(name) ?? null;
}

const databaseIn = (text: string): DatabaseWord | null => databaseWords.find((word) => word === text) ?? null;

/** Null for none. */
async function askHealthPath(ask: Ask): Promise<string | null> {
  const question = 'Path of a health check, which any 2xx answers, or none';
  const path = await askUntil(ask, {
    ...{ question, offered: 'none', expected: 'a path that begins with /, such as /health, or none' },
    fits: (text) => text === 'none' || /^\/\S*$/.test(text),
  });
  return path === 'none' ? null : path;
}

async function askDatabase(ask: Ask): Promise<DatabaseWord> {
  const question = `Database behind the server (${databaseWords.join(', ')})`;
  const fits = (text: string): boolean => databaseIn(text) !== null;
  const expected = `one of ${databaseWords.join(', ')}`;
  return databaseIn(await askUntil(ask, { question, offered: 'unknown', expected, fits })) ?? 'unknown';
}

const whichUrl: Wanted = {
  question: 'URL of the server',
  offered: 'http://127.0.0.1:8000',
  expected: 'a URL that begins with http:// or https://, such as http://127.0.0.1:8000',
  fits: (text) => URL.canParse(text) && /^https?:/i.test(text),
};

const whichPath: Wanted = {
  question: 'Path that receives signals ({token} for the name of a webhook)',
  offered: '/webhooks/{token}',
  expected: 'a path that begins with /, such as /webhooks/{token}',
  fits: (text) => /^\/\S*$/.test(text),
};

const whichRate: Wanted = {
  question: 'Rate limit of a webhook as signals/milliseconds, or none',
  offered: 'none',
  expected: 'two whole numbers, such as 10/1000 for ten signals a second, or none',
  fits: (text) => text === 'none' || /^[1-9]\d{0,5}\/[1-9]\d{0,6}$/.test(text),
};

/** A profile from answers to a few questions. Secrets are not asked for. */
export async function draftFromQuestions(ask: Ask): Promise<Draft> {
  const notes = new Notes();
  const url = new URL(await askUntil(ask, whichUrl));
  const path = await askUntil(ask, whichPath);
  const secret = await askSecret(ask);
  const idField = await askUntil(ask, {
    question: 'Field of the body that makes a signal unlike others',
    offered: 'signal_id',
    ...fieldName,
  });
  const rate = await askUntil(ask, whichRate);
  const health = await askHealthPath(ask);
  const database = await askDatabase(ask);
  const baseUrl = url.origin + url.pathname.replace(/\/+$/, '');
  const readback = await askReadback(ask, { baseUrl, path, secret, idField }, notes);
  const { signal_id: _, ...body } = usualBody;
  notes.add(
    'request',
    'The usual fields of a trading signal: write what the server expects, {uuid} for {id} if that must be a UUID.',
  );
  notes.add(
    'provisioning',
    'Webhooks exist already: WEBHOOK_TOKEN and WEBHOOK_SECRET name them, several separated by commas.',
  );
  notes.add('monitoring', 'Paths that the monitor asks: a health check, and a Prometheus page (metrics).');
  if (secret?.in === 'signature')
    notes.add(
      'secret',
      'An HMAC-SHA256 of the body in hex: secret.signed, algorithm, encoding and key say it otherwise.',
    );
  const [limit, windowMs] = rate.split('/').map(Number);
  if (rate !== 'none') notes.add('limiter', 'Declare its kind if you know it: sliding, fixed, token-bucket, …');
  return draftOf(
    {
      source: 'answers to questions',
      name: url.hostname,
      baseUrl,
      request: { path, headers: {}, body: { ...body, [idField]: isUuidName(idField) ? '{uuid}' : '{id}' } },
      secret,
      answers: usualAnswers(notes),
      limiter: limit === undefined || windowMs === undefined ? { kind: 'none' } : { kind: 'unknown', limit, windowMs },
      readback,
      idFields: [idField],
      idHeaders: [],
      provisioning: { kind: 'given' },
      monitoring: { health, redis: null, database: null, metrics: null },
      database,
      secrets: new Map(),
    },
    notes,
  );
}
