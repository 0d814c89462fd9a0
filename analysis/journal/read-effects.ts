import { atSecond, counted } from '../words.ts';
import { ownClock } from './clock.ts';
import { numberIn, textIn } from './fields.ts';
import { readJournalFile } from './journal-file.ts';
import type { Ledger } from './ledger.ts';
import type { NdjsonEnd } from './ndjson.ts';
import { takePollLine } from './read-poll.ts';
import { SentTwice } from './sent-twice.ts';

/**
 * Decodes effects/<scenario>.ndjson, what the read-back command told, into the scenario's ledger. The command tells of all
 * webhooks at once: where the file is whole each of them is read back. Shapes: LedgerEffectLine and ReadbackFailedLine.
 */
export function readEffects(
  path: string,
  { runId, startedAtUs }: { readonly runId: string | null; readonly startedAtUs: number },
  ledger: Ledger,
): NdjsonEnd {
  const failures: string[] = [];
  const elsewhere = new SentTwice(ledger);
  const webhookOf = new Uint32Array(ledger.signals.size);
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.isSignal(at)) webhookOf[ledger.signalOf(at)] = ledger.webhookOf(at);
  }
  const end = readJournalFile(path, { format: 'effects', runId }, (line) => {
    const poll = takePollLine(line, ledger, ownClock);
    if (poll !== 'other') return poll;
    const failed = textIn(line, 'failed');
    const effect = textIn(line, 'effect');
    if (failed !== null) failures.push(`the read-back failed: ${failed}`);
    else if (effect === null) return 'an effect without id';
    else {
      const named = elsewhere.next(effect);
      // An id that was never sent is told of webhook 0.
      ledger.addEffect(named, webhookOf[ledger.signals.indexOf(named)] ?? 0, numberIn(line, 'processedAtUs') ?? 0);
    }
    return null;
  });
  const [failure] = failures;
  if (failure !== undefined) ledger.effectTimes.failure = `${failure}${lastRead(ledger, startedAtUs)}`;
  if (!end.complete || failures.length > 0)
    return { ...end, complete: false, problems: [...end.problems, ...failures.map((text) => ({ text }))] };
  // What is missing may still come.
  if (ledger.effectTimes.polls.at(-1)?.state === 'undrained') return end;
  for (const webhook of ledger.signalsByWebhook().keys()) {
    ledger.readbacks.set(webhook, ledger.effectsByWebhook.get(webhook) ?? 0);
  }
  return end;
}

/** Since when: polls that fail are not recorded. */
function lastRead({ effectTimes }: Ledger, startedAtUs: number): string {
  const last = effectTimes.polls.at(-1);
  return last === undefined
    ? '; it did not work once'
    : `; it last worked ${atSecond(last.toUs, startedAtUs)}, and showed ${counted(last.effects, 'effect')}`;
}
