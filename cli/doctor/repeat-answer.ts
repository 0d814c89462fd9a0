import { isSecretName } from '../../contract/journal/redaction.ts';
import { parsed } from '../../contract/request/json-answer.ts';
import type { Heard } from './client.ts';
import { harmlessText } from './complaint.ts';

/** How the answer to a repeat differs from the one to the first signal. */
export interface RepeatAnswer {
  /** In words that follow the repeat's status. */
  readonly words: string;
  /** For `answers` in the profile; null where nothing in the answer says that it is a repeat. */
  readonly rule: string | null;
}

type Leaf = string | number | boolean;
type Answer = Pick<Heard, 'status' | 'body'>;
type Redact = (text: string) => string;

interface Differing {
  readonly path: string;
  readonly before: Leaf | undefined;
  readonly now: Leaf;
}

const maxDepth = 3;
const maxShown = 2;
const maxValue = 40;

/** Letters alone, and a path that goes into a profile as it is. */
const word = /^[A-Za-z][A-Za-z _-]{1,39}$/;
const plainPath = /^[\w.-]{1,60}$/;
const saysRepeat = /dup|repeat|already|replay|exist|seen|ignored|skipped|idempot|cached/i;
const saysNew = /(?:^|[._-])(?:is_?)?(?:new|created|processed|fresh|first)$/i;

/** Null if both answers have the same status and body. */
export function repeatAnswer(first: Answer, again: Answer, redact: Redact): RepeatAnswer | null {
  if (first.status === again.status && first.body === again.body) return null;
  const differing = differingIn(first.body, again.body);
  const telling = differing.find(tellsRepeat) ?? null;
  const isOther = first.status !== again.status;
  const status = isOther ? [`where the first had ${first.status}`] : [];
  const shown = shownOf(differing, telling, redact) ?? textsOf(first.body, again.body, redact);
  return {
    words: [...status, ...shown].map((text) => `, ${text}`).join(''),
    // A server that fails says nothing of repeats.
    rule: (telling === null && !isOther) || again.status >= 500 ? null : ruleOf(again.status, telling),
  };
}

function leavesOf(value: unknown, path = '', depth = 0): readonly (readonly [string, Leaf])[] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [[path, value]];
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth >= maxDepth) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    isSecretName(name) ? [] : leavesOf(inner, path === '' ? name : `${path}.${name}`, depth + 1),
  );
}

function differingIn(first: string, again: string): readonly Differing[] {
  const before = new Map(leavesOf(parsed(first)));
  return leavesOf(parsed(again)).flatMap(([path, now]) =>
    path === '' || before.get(path) === now ? [] : [{ path, before: before.get(path), now }],
  );
}

/** What differs by chance, such as an id, a time or the name of a worker, says nothing of repeats. */
function tellsRepeat({ path, now }: Differing): boolean {
  if (!plainPath.test(path)) return false;
  if (typeof now === 'boolean') return now ? saysRepeat.test(path) : saysNew.test(path);
  return typeof now === 'string' && word.test(now) && saysRepeat.test(now);
}

function ruleOf(status: number, telling: Differing | null): string {
  const equals = typeof telling?.now === 'string' ? `'${telling.now}'` : String(telling?.now);
  const body = telling === null ? '' : `, body: { field: '${telling.path}', equals: ${equals} }`;
  return `{ outcome: 'duplicate', statuses: [${status}]${body} }`;
}

function shownOf(all: readonly Differing[], telling: Differing | null, redact: Redact): readonly string[] | null {
  if (all.length === 0) return null;
  const ordered = telling === null ? all : [telling, ...all.filter((each) => each !== telling)];
  const value = (leaf: Leaf): string => harmlessText(JSON.stringify(leaf), redact, maxValue);
  return ordered.slice(0, maxShown).map(({ path, before, now }) => {
    const had = before === undefined ? 'no such field' : value(before);
    return `with ${harmlessText(path, redact, maxValue)}: ${value(now)} where the first had ${had}`;
  });
}

/** Of bodies that are not JSON, how they begin. */
function textsOf(first: string, again: string, redact: Redact): readonly string[] {
  if (first === again || parsed(again) !== undefined) return [];
  const [had, has] = [first, again].map((body) => harmlessText(body, redact, maxValue));
  return [`with the body "${has}" where the first had "${had}"`];
}
