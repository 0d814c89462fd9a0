import { isNoticedChange } from '../delivery/idempotency/changed-payload.ts';
import type { Hints, WebhookAnswers } from '../interpret/digest.ts';
import { flawOf, isOfForgedPhase } from '../interpret/forged.ts';
import type { ScenarioRun } from '../interpret/run.ts';
import type { Ledger } from '../journal/ledger.ts';
import { addEach } from '../statistics.ts';

/** How signals were refused, by status; none without a ledger. */
export function hintsOf({ ledger, digest }: Pick<ScenarioRun, 'ledger' | 'digest'>): Hints {
  return digest?.hints ?? (ledger === null ? noHints : hintsIn(ledger));
}

export function hintsIn(ledger: Ledger): Hints {
  const refused = new Map<number, { readonly count: number; readonly redirect: string | null }>();
  const byWebhook = new Map<number, { signals: number; readonly refused: Map<number, number> }>();
  let [signals, throttled] = [0, 0];
  for (let at = 0; at < ledger.length; at += 1) {
    if (!ledger.isSignal(at)) continue;
    const outcome = ledger.outcomeOf(at);
    if (outcome === 'abandoned') continue;
    const status =
      (outcome === 'rejected' || outcome === 'failed') && !isNoticedChange(ledger, at) ? ledger.statusOf(at) : null;
    if (tellsOfWebhook(ledger, at)) {
      const here = byWebhook.get(ledger.webhookOf(at)) ?? { signals: 0, refused: new Map<number, number>() };
      byWebhook.set(ledger.webhookOf(at), here);
      here.signals += 1;
      if (status !== null && status !== 0) here.refused.set(status, (here.refused.get(status) ?? 0) + 1);
    }
    if (isOfForgedPhase(ledger, at)) continue;
    signals += 1;
    if (outcome === 'limited') throttled += 1;
    if (status === null) continue;
    refused.set(status, { count: (refused.get(status)?.count ?? 0) + 1, redirect: ledger.redirectOf(status) });
  }
  return { signals, throttled, refused, byWebhook };
}

/** A right signal that the limiter let through. */
function tellsOfWebhook(ledger: Ledger, at: number): boolean {
  if (ledger.outcomeOf(at) === 'limited' || ledger.roleOf(at) === 'idempotency.other-tenant') return false;
  return !isOfForgedPhase(ledger, at) || flawOf(ledger, at) === 'none';
}

export function addHints(a: Hints, b: Hints): Hints {
  const refused = new Map(a.refused);
  for (const [status, { count, redirect }] of b.refused) {
    const before = refused.get(status);
    refused.set(status, { count: count + (before?.count ?? 0), redirect: before?.redirect ?? redirect });
  }
  const byWebhook = addAnswers(a.byWebhook, b.byWebhook);
  return { signals: a.signals + b.signals, throttled: a.throttled + b.throttled, refused, byWebhook };
}

function addAnswers(a: Hints['byWebhook'], b: Hints['byWebhook']): Hints['byWebhook'] {
  const sum = new Map<number, WebhookAnswers>(a);
  for (const [webhook, { signals, refused }] of b) {
    const before = sum.get(webhook);
    const all = new Map(before?.refused);
    addEach(all, refused);
    sum.set(webhook, { signals: signals + (before?.signals ?? 0), refused: all });
  }
  return sum;
}

export const noHints: Hints = { signals: 0, throttled: 0, refused: new Map(), byWebhook: new Map() };
