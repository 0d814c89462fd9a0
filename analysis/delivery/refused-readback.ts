import type { TargetProfile } from '../../contract/profile/profile.ts';
import { isReadAtOnce } from '../../contract/profile/read-at-once.ts';
import type { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';
import { webhookInWords } from '../webhook-in-words.ts';
import { counted } from '../words.ts';

/** Of more, the rest are counted. */
const maxNamed = 3;

interface Asked {
  requests: number;
  /** By status; 0: no answer. */
  readonly refused: Map<number, number>;
  /** Of those that were not refused. */
  status: number;
}

/**
 * How the read-back of webhooks that are not read back was answered, a sentence for each that was refused, or whose answers were not what the
 * profile declares.
 */
export function refusedReadback(ledger: Ledger, profile: TargetProfile, unread: readonly number[]): readonly string[] {
  const { readback } = profile;
  if (readback.kind !== 'url') return [];
  const asked = askedOf(ledger);
  const told = unread.flatMap((webhook) => {
    const answers = answersOf(asked.get(webhook), ledger, webhook);
    if (answers === null) return [];
    const which = isReadAtOnce(profile)
      ? `GET ${readback.path}`
      : webhookInWords(webhook, `GET ${readback.path}`, profile);
    return [`the read-back of ${which} was answered ${answers}`];
  });
  const more = told.length - maxNamed;
  return more <= 0
    ? told
    : [...told.slice(0, maxNamed), `the read-back of ${counted(more, 'more webhook')} went wrong likewise`];
}

function askedOf(ledger: Ledger): ReadonlyMap<number, Asked> {
  const byWebhook = new Map<number, Asked>();
  for (let at = 0; at < ledger.length; at += 1) {
    const webhook = ledger.webhookOf(at);
    if (ledger.purposeOf(at) !== 'readback' || webhook === none) continue;
    const asked = byWebhook.get(webhook) ?? { requests: 0, refused: new Map<number, number>(), status: 0 };
    byWebhook.set(webhook, asked);
    const status = ledger.statusOf(at);
    asked.requests += 1;
    if (ledger.recordedOutcomeOf(at) === 'accepted') asked.status = status;
    else asked.refused.set(status, (asked.refused.get(status) ?? 0) + 1);
  }
  return byWebhook;
}

/** Null where nothing was refused, and nothing shows that an answer was not understood. */
function answersOf(asked: Asked | undefined, ledger: Ledger, webhook: number): string | null {
  if (asked === undefined) return null;
  const { requests, refused, status } = asked;
  if (refused.size > 0) {
    const counts = [...refused].map(
      ([each, n]) => `${n} of ${counted(requests, 'time')} ${each === 0 ? 'not at all' : `with ${each}`}`,
    );
    return `${counts.join(' and ')}: ${remedy([...refused.keys()])}`;
  }
  const state = ledger.effectTimes.polls.at(-1)?.state;
  const isOver = state === 'complete' || state === 'settled' || state === 'failed';
  if (!isOver || ledger.readbacks.has(webhook)) return null;
  return `with ${status}, but not with what the profile declares: see readback.items and readback.id`;
}

/** Where the access or the place is wrong, that is what to look at. */
const remedy = (statuses: readonly number[]): string =>
  statuses.some((status) => status === 401 || status === 403 || status === 404)
    ? 'see readback.path and readback.headers of the profile, and its token and secret'
    : 'see the log of the server';
