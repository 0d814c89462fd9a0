import type { Webhook } from '../../contract/profile/given-webhooks.ts';
import { type Check, ok } from './check.ts';
import type { Conversation } from './conversation.ts';
import { limitedSignal, refusedSignal } from './refusal.ts';

/** Of more webhooks the first ones are tried. */
const maxWebhooks = 20;
/** The first webhook's signals have the numbers below. */
const firstNumber = 4;

/** One right signal to each given webhook after the first: a token or secret of one of them may be wrong. Named by number, from 0, as reports do. */
export async function checkOtherWebhooks(talk: Conversation): Promise<readonly Check[]> {
  const checks: Check[] = [];
  let accepted = 0;
  for (const [index, webhook] of talk.parties.webhooks.slice(0, maxWebhooks).entries()) {
    if (index === 0) continue;
    if (!talk.hasRoom) break;
    const check = await checkOne(talk, webhook, index);
    if (check === null) accepted += 1;
    else checks.push(check);
  }
  const which = accepted === 1 ? '1 more webhook' : `${accepted} more webhooks`;
  return accepted === 0 ? checks : [ok('other webhooks', `a signal to each of ${which}: accepted`), ...checks];
}

/** Null if its signal was accepted. */
async function checkOne(talk: Conversation, webhook: Webhook, index: number): Promise<Check | null> {
  const subject = `webhook ${index}`;
  const heard = await talk.signal(webhook, firstNumber + index);
  // What is taken for a repeat came through its secret as well.
  if (heard.outcome === 'accepted' || heard.outcome === 'duplicate') return null;
  if (heard.outcome === 'limited') return limitedSignal(subject, talk.parties.profile);
  return refusedSignal(subject, heard, talk, [webhook.token, webhook.secret]);
}
