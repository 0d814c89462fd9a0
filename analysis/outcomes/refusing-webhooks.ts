import { usesSecret, usesToken } from '../../contract/profile/consistency.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { WebhookAnswers } from '../interpret/digest.ts';
import { wilson } from '../statistics.ts';
import { webhookInWords } from '../webhook-in-words.ts';
import { counted } from '../words.ts';

/** Of more, the rest are counted. */
const maxNamed = 3;

/** A webhook that answers a status clearly more often than the others together. */
export interface RefusingWebhook {
  readonly webhook: number;
  readonly status: number;
  readonly refused: number;
  readonly signals: number;
  readonly others: { readonly webhooks: number; readonly refused: number; readonly signals: number };
}

type ByWebhook = ReadonlyMap<number, WebhookAnswers>;

/**
 * The webhooks whose refusals are their own: the 95% interval of their share lies above that of all others.
 * @param isOfSettings whether a status tells of the settings. Any other may come of the time at which a webhook was used: then all its
 * answers must be so.
 */
export function refusingWebhooks(
  byWebhook: ByWebhook,
  isOfSettings: (status: number) => boolean,
): readonly RefusingWebhook[] {
  const found = [...byWebhook].flatMap(([webhook, { signals, refused }]) =>
    [...refused].flatMap(([status, n]): RefusingWebhook[] => {
      const others = othersThan(webhook, status, byWebhook);
      const isOwn = wilson(n, signals).low > wilson(others.refused, others.signals).high;
      return isOwn && (n === signals || isOfSettings(status)) ? [{ webhook, status, refused: n, signals, others }] : [];
    }),
  );
  return found.sort((a, b) => a.webhook - b.webhook || b.refused - a.refused);
}

function othersThan(webhook: number, status: number, byWebhook: ByWebhook): RefusingWebhook['others'] {
  const sum = { webhooks: 0, refused: 0, signals: 0 };
  for (const [other, { signals, refused }] of byWebhook) {
    if (other === webhook) continue;
    sum.webhooks += 1;
    sum.refused += refused.get(status) ?? 0;
    sum.signals += signals;
  }
  return sum;
}

/** One line a webhook, for the evidence. */
export function refusingLines(found: readonly RefusingWebhook[], profile: TargetProfile): readonly string[] {
  const { method, path } = profile.request;
  const lines = found.slice(0, maxNamed).map(({ webhook, status, refused, signals, others }) => {
    const rest = `${others.webhooks === 1 ? 'the other webhook' : `the ${others.webhooks} others`} ${others.refused} of ${others.signals}`;
    return `${webhookInWords(webhook, `${method} ${path}`, profile)} answered ${refused} of ${counted(signals, 'signal')} with ${status}, ${rest}${remedyFor(status, profile)}`;
  });
  const more = found.slice(maxNamed).map(({ webhook }) => webhook);
  return more.length === 0 ? lines : [...lines, `so did webhooks ${[...new Set(more)].join(', ')}`];
}

/** Where others get in, its own access is in doubt. */
function remedyFor(status: number, profile: TargetProfile): string {
  if (status !== 401 && status !== 403 && status !== 404) return '';
  if (usesToken(profile)) return usesSecret(profile) ? ': are its token and secret right?' : ': is its token right?';
  return usesSecret(profile) ? ': is its secret right?' : '';
}

/** The same for a headline; empty for none. */
export function refusingClause(found: readonly RefusingWebhook[]): string {
  const [first] = found;
  if (first === undefined) return '';
  const { webhook, refused, signals, status } = first;
  const more = new Set(found.map((each) => each.webhook)).size - 1;
  const others = more === 0 ? '' : `, and ${counted(more, 'other webhook')} likewise`;
  return `; webhook ${webhook} answered ${refused} of ${counted(signals, 'signal')} with ${status}${others}`;
}
