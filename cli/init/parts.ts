import type { DatabaseWord } from '../../contract/profile/databases.ts';
import { holdsId, placeholdersIn } from '../../contract/profile/placeholders.ts';
import type { TargetInput } from '../../contract/profile/profile.ts';
import type { Draft, Notes } from './draft.ts';
import type { SaidTtl } from './said-ttl.ts';

type Given<K extends keyof TargetInput> = NonNullable<TargetInput[K]>;

/** What every source of a profile finds out. */
export interface Parts {
  readonly source: string;
  readonly name: string;
  readonly baseUrl: string | null;
  readonly request: Given<'request'> & { readonly headers: Record<string, string> };
  /** Null: none was found. */
  readonly secret: Given<'secret'> | null;
  readonly answers: Given<'answers'>;
  readonly limiter: Given<'limiter'>;
  /** Fields of the body, and headers, that make a signal unlike others. */
  readonly idFields: readonly string[];
  readonly idHeaders: readonly string[];
  /** Left out or null: nothing says for how long repeats are recognized. */
  readonly ttl?: SaidTtl | null;
  readonly provisioning: Given<'provisioning'>;
  readonly createsSecret?: boolean;
  /** Left out or null: what was processed cannot be read back yet. */
  readonly readback?: Given<'readback'> | null;
  readonly monitoring: TargetInput['monitoring'];
  /** Left out if nothing tells. */
  readonly database?: DatabaseWord;
  readonly secrets: ReadonlyMap<string, string>;
}

/** The whole profile, with what follows from its parts. */
export function draftOf(parts: Parts, notes: Notes): Draft {
  const request = uniqueRequest(parts, notes);
  const words = placeholdersIn([request.path, request.headers, request.body]);
  const inBody = words.includes('secret') ? ({ in: 'body', field: null } as const) : null;
  const placed =
    parts.secret?.in === 'path' || parts.secret?.in === 'signature' ? parts.secret : (parts.secret ?? inBody);
  if (placed === null) {
    notes.add(
      'secret',
      "No secret was found. If signals carry one, say where: { in: 'header', name: 'X-Secret' }, query, path, body or signature.",
    );
  }
  if (placed?.in === 'body' && placed.field !== null) {
    notes.add('secret', `The field ${placed.field} of the body: WEBHOOK_SECRET holds its value.`);
  }
  const readback = parts.readback ?? { kind: 'none' };
  if (readback.kind === 'none') {
    notes.add(
      'readback',
      'How the server tells what it processed: a URL, a command, or a query to PostgreSQL or Redis. Without it exactly-once cannot pass.',
    );
  }
  notes.add(
    'redis',
    'Whether there is a Redis behind the server, and a database: present, none or unknown; a database that the monitor cannot ask by its name: sqlite, mysql, mongodb, … MONITOR_REDIS_URL and MONITOR_POSTGRES_URL let the monitor look at them.',
  );
  const idempotency = idempotencyOf(parts, request, notes);
  return {
    source: parts.source,
    secrets: parts.secrets,
    notes: notes.all(),
    target: {
      name: parts.name.replace(/\s+/g, ' ').slice(0, 80) || 'webhook backend',
      baseUrl: parts.baseUrl,
      request,
      secret: placed ?? { in: 'none' },
      answers: parts.answers,
      limiter: parts.limiter,
      idempotency,
      readback,
      provisioning: parts.provisioning,
      ...(parts.monitoring === undefined ? {} : { monitoring: parts.monitoring }),
      redis: 'unknown',
      database: parts.database ?? 'unknown',
    },
  };
}

/** Something must tell signals apart: if nothing of the request does, a header is added. */
function uniqueRequest({ request }: Parts, notes: Notes): Parts['request'] {
  const words = placeholdersIn([request.path, request.headers, request.body]);
  if (holdsId(words)) return request;
  notes.add(
    'request',
    'No field was found that makes a signal unlike all others: the header X-Request-Id is a stand-in. Write {id} where the server looks, or {uuid} if it takes UUIDs alone.',
  );
  return { ...request, headers: { ...request.headers, 'X-Request-Id': '{id}' } };
}

function idempotencyOf(
  { idFields, idHeaders, ttl = null }: Parts,
  { body }: Parts['request'],
  notes: Notes,
): Given<'idempotency'> {
  const fields = typeof body === 'string' ? [] : idFields.slice(0, 1);
  if (idHeaders.length === 0 && fields.length === 0) {
    notes.add(
      'idempotency',
      "Nothing says that repeats are recognized: { kind: 'ttl', ttlMs: 60000, fields: ['signal_id'] } declares it.",
    );
    return { kind: 'none' };
  }
  const [header] = idHeaders;
  notes.add(
    'idempotency',
    `A guess: a repeat is recognized by ${header ?? fields[0]}, ${ttl === null ? 'for ever' : `for ${ttl.ttlMs} ms, because the document says ${JSON.stringify(ttl.said)}`}. ttlMs: for how many milliseconds, null for ever; { kind: 'none' } if repeats are taken as new.`,
  );
  return { kind: 'ttl', ttlMs: ttl?.ttlMs ?? null, ...(header === undefined ? { fields } : { headers: [header] }) };
}
