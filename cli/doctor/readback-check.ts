import { setTimeout as sleep } from 'node:timers/promises';
import { ledgerIds } from '../../contract/plan/signal-id.ts';
import type { Webhook } from '../../contract/profile/given-webhooks.ts';
import { usesReadbackToken } from '../../contract/profile/readback-token.ts';
import { Pages } from '../../contract/request/pages.ts';
import { type Asker, type ByUrl, pageIn, pageRequest } from '../../contract/request/readback-page.ts';
import type { ReadEffects } from '../run/effect-lines.ts';
import { type Check, fault, ok, problem, unknown } from './check.ts';
import type { Conversation, OtherTenant } from './conversation.ts';
import { answerInWords } from './refusal.ts';
import { falseSignal, rightSignal } from './signal-checks.ts';

/** More pages are left to a run. */
const maxPages = 20;
/** Before the next look. A command is a process each time, and a query a connection. */
const pauseMs = { url: 100, other: 1_000 } as const;

/** Ids of what was read, or a check that says why nothing was. */
type Ids = readonly string[] | Check;

const isCheck = (read: Ids): read is Check => 'status' in read;
export const readbackSubject = 'read-back';
const subject = readbackSubject;

/**
 * Whether read-back shows the signal that was accepted, once.
 * @param read for a read-back by command or query; null: none of these.
 */
export async function readbackCheck(talk: Conversation, webhook: Webhook, read: ReadEffects | null): Promise<Check> {
  const { profile, readbackMs, readbackToken } = talk.parties;
  const { readback } = profile;
  const first = { ...webhook, accessToken: talk.accessToken, readbackToken };
  if (readback.kind === 'none') {
    const remedy = 'declare readback in the profile (a URL, a command, or a query to PostgreSQL or Redis)';
    return unknown(subject, 'the profile declares none', remedy);
  }
  const untilMs = performance.now() + readbackMs;
  const pause = pauseMs[readback.kind === 'url' ? 'url' : 'other'];
  for (;;) {
    const ids = readback.kind === 'url' ? await idsByUrl(talk, first, readback) : await idsBy(read);
    if (isCheck(ids)) return ids;
    const found = foundCheck(talk, ids);
    if (found !== null) return found;
    if (performance.now() + pause > untilMs || !talk.hasRoom) return notYet(ids, readbackMs);
    await sleep(pause);
  }
}

function foundCheck(talk: Conversation, ids: readonly string[]): Check | null {
  const times = (n: number): number => ids.filter((id) => id === talk.idOf(n)).length;
  if (times(falseSignal) > 0) {
    return fault(
      subject,
      'the signal with a wrong secret or signature was processed',
      'refuse it before anything else',
      'authentication',
    );
  }
  if (times(rightSignal) === 0) return null;
  return times(rightSignal) === 1
    ? ok(subject, 'the accepted signal is there, once')
    : fault(
        subject,
        `the accepted signal is there ${times(rightSignal)} times`,
        'a repeat must have no effect',
        'exactly-once',
      );
}

function notYet(ids: readonly string[], waitedMs: number): Check {
  const others =
    ids.length === 0 ? 'nothing is there yet' : `${ids.length} others are there, the accepted signal is not`;
  return unknown(
    subject,
    `${others} after ${(waitedMs / 1000).toFixed(1)} s`,
    'does the server process later (readback.settleMs), does readback.id name the field with the id of the signal, or does the read-back look in another database or place than the server writes to?',
  );
}

async function idsBy(read: ReadEffects | null): Promise<Ids> {
  const told = read === null ? { failed: 'it could not be asked' } : await read();
  return 'failed' in told
    ? problem(subject, told.failed, "mend readback in the profile, or declare readback: { kind: 'none' }")
    : told.effects.map(({ effect }) => effect);
}

/** Whether the second tenant's token reads the list of its webhook. Null where the read-back asks with none. */
export async function secondReadbackCheck(
  talk: Conversation,
  { webhook, readbackToken }: OtherTenant,
): Promise<Check | null> {
  const { profile } = talk.parties;
  const { readback } = profile;
  if (readback.kind !== 'url' || !usesReadbackToken(profile)) return null;
  const about = "second tenant's read-back";
  const ids = await idsByUrl(talk, { ...webhook, accessToken: '', readbackToken }, readback, about);
  if (isCheck(ids)) return ids;
  // One list of all that belongs to a tenant holds none of another's.
  return ids.includes(talk.idOf(rightSignal))
    ? problem(
        about,
        "SECOND_READBACK_TOKEN shows the first tenant's signal, too, so that all would count as processed twice",
        'unset it if READBACK_TOKEN shows the signals of both, or set it to a token of the second tenant alone',
      )
    : ok(about, "its list is there, without the first tenant's signal");
}

async function idsByUrl(talk: Conversation, asker: Asker, how: ByUrl, subject: string = readbackSubject): Promise<Ids> {
  const { profile, runTag } = talk.parties;
  const pages = new Pages<{ readonly id: string }>();
  const ledgerId = ledgerIds(profile);
  for (let page = 0; pages.after !== null; page += 1) {
    if (page === maxPages) return unknown(subject, `it has more than ${maxPages} pages, which a check does not read`);
    const asked = pageRequest(how, asker, pages.after);
    const heard = await talk.request(asked, 'readback');
    const text = answerInWords(talk.named('GET', how.path), heard, talk, [asker.token, asker.secret]);
    if (heard.status < 200 || heard.status > 299) {
      const remedy = "is readback.path right, and its headers? Without a read-back declare readback: { kind: 'none' }";
      return problem(subject, text, remedy);
    }
    const read = pageIn(how, heard.body, ledgerId, { runTag, webhook: 0 });
    if (read === null) {
      const list = how.items === null ? 'the answer itself must be the list' : `the list under ${how.items}`;
      return problem(
        subject,
        `${text}, which is not what the profile declares: ${list}, the id of each item under ${how.id}`,
        'correct readback.items and readback.id',
      );
    }
    pages.take(read);
  }
  const all = pages.all();
  return all === null
    ? problem(subject, 'its pages lead in a circle', 'name the field of the next page in readback.next, null for none')
    : all.items.map(({ id }) => id);
}
