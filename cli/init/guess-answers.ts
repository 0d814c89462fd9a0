import { fieldsOf } from '../../analysis/journal/fields.ts';
import type { TargetInput } from '../../contract/profile/profile.ts';
import type { Notes } from './draft.ts';
import { listOf, type References } from './schema.ts';

type Rules = NonNullable<TargetInput['answers']>;
type Fields = Readonly<Record<string, unknown>>;

const accepted = [200, 201, 202, 204];
const rejected = [400, 401, 403, 404, 405, 413, 415, 422];

/** What is usual, where nothing says more. */
export function usualAnswers(notes: Notes): Rules {
  notes.add(
    'answers',
    'Nothing says how the server answers: these are usual. Is a repeat told by 409, or by something in the body?',
  );
  return [
    { outcome: 'duplicate', statuses: [409] },
    { outcome: 'accepted', statuses: accepted },
    { outcome: 'limited', statuses: [429] },
    { outcome: 'rejected', statuses: rejected },
  ];
}

/** What an operation's declared responses mean. */
export function answersOf(responses: unknown, references: References, notes: Notes): Rules {
  const declared = Object.entries(fieldsOf(responses) ?? {}).flatMap(([code, value]) => {
    const status = Number(code);
    return Number.isInteger(status) && status >= 200 && status <= 599
      ? [{ status, response: references.resolve(value) ?? {} }]
      : [];
  });
  const successes = declared.map(({ status }) => status).filter((status) => status <= 299);
  const byFields = declared.flatMap(({ status, response }) => duplicateRule(status, response, references));
  const byWords = describedDuplicates(declared, notes);
  const duplicates = [
    ...byFields,
    ...byWords.filter(({ statuses }) => !byFields.some((rule) => rule.statuses[0] === statuses[0])),
  ];
  const told = new Set(duplicates.filter((rule) => rule.body === undefined).flatMap(({ statuses }) => statuses));
  const refusals = declared.map(({ status }) => status).filter((status) => status >= 400 && status <= 499);
  notes.add(
    'answers',
    successes.length === 0
      ? 'The document declares no success: these are usual.'
      : `The document declares ${declared.map(({ status }) => status).join(', ')}; what else is here is usual.`,
  );
  if (duplicates.length === 0) {
    notes.add(
      'answers',
      "It does not say how a repeat is told: 409 is a guess. Where the body tells it, write for example { outcome: 'duplicate', statuses: [200], body: { field: 'status', equals: 'duplicate' } } first.",
    );
  }
  return [
    ...(duplicates.length > 0 ? duplicates : [{ outcome: 'duplicate' as const, statuses: [409] }]),
    {
      outcome: 'accepted',
      statuses: successes.length === 0 ? accepted : successes.filter((status) => !told.has(status)),
    },
    { outcome: 'limited', statuses: [429] },
    {
      outcome: 'rejected',
      statuses: [...new Set([...rejected, ...refusals])]
        .filter((status) => status !== 429 && status !== 409 && !told.has(status))
        .sort((a, b) => a - b),
    },
  ].filter((rule): rule is Rules[number] => rule.statuses.length > 0);
}

interface Declared {
  readonly status: number;
  readonly response: Fields;
}

export const saysDuplicate = /duplicat|already|replay|idempot|seen before|repeat/i;

function duplicateRule(status: number, response: Fields, references: References): Rules {
  if (status === 409) return [{ outcome: 'duplicate', statuses: [409] }];
  if (status > 299) return [];
  const body = bodySchema(response, references);
  for (const [field, value] of Object.entries(fieldsOf(body.properties) ?? {})) {
    const word = listOf(references.schema(value).enum).find(
      (choice) => typeof choice === 'string' && saysDuplicate.test(choice),
    );
    if (typeof word === 'string') return [{ outcome: 'duplicate', statuses: [status], body: { field, equals: word } }];
  }
  return [];
}

/** Such a description is of repeats and of new signals alike. */
const saysNewToo =
  /\bnew\b|\b(?:not an?|no) (?:duplicat|repeat|replay)|(?<!already |previously |before |was |were |been )\b(?:accepted|queued|created|stored)\b/i;

/** Successes that are for repeats alone by what is said of them, where another one is left for new signals. */
function describedDuplicates(declared: readonly Declared[], notes: Notes): Rules {
  const successes = declared.filter(({ status }) => status <= 299);
  const told = successes.filter(({ response: { description } }) => {
    return typeof description === 'string' && saysDuplicate.test(description) && !saysNewToo.test(description);
  });
  if (told.length === successes.length) return [];
  return told.map(({ status, response }) => {
    notes.add(
      'answers',
      `${status} is taken for a repeat, because the document says ${JSON.stringify(response.description)} of it: is this never the answer to a new signal?`,
    );
    return { outcome: 'duplicate', statuses: [status] };
  });
}

/** The schema of a JSON body. */
export function bodySchema(holder: Fields, references: References): Fields {
  const content = Object.entries(fieldsOf(holder.content) ?? {});
  const json = content.find(([type]) => /[/+]json\b/i.test(type)) ?? content[0];
  return references.schema(fieldsOf(json?.[1])?.schema);
}
