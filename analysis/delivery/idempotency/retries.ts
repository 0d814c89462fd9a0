import { type DeclaredLife, keyLifeInWords, keyLifeOf } from '../../../contract/profile/key-life.ts';

/**
 * First retries of webhook senders: Circle after 1 s, TradingView 5 s after a 5xx (at most three times), Pusher 10 s, Wix a
 * minute; Stripe goes on for three days, Shopify for four hours. Sources: developers.circle.com/cpn/references/webhook-retries,
 * tradingview.com/support/solutions/43000529348, docs.bird.com/pusher, dev.wix.com/docs/rest/articles/getting-started/webhook-resend-policy,
 * docs.stripe.com/webhooks, shopify.dev/changelog/updates-to-webhook-retry-mechanism.
 */
const usualRetryMs = 60_000;
const firstRetryMs = 5_000;

/** A remark where the TTL may end before senders usually try again; null where it covers a minute. */
export function retriesBeyond(life: DeclaredLife): string | null {
  const { minMs, maxMs } = keyLifeOf(life);
  if (minMs >= usualRetryMs) return null;
  const fromMs = Math.max(firstRetryMs, minMs);
  // Kept for longer than that, a key may still be known.
  const are = maxMs <= fromMs ? 'are' : 'may be';
  const isShorter = maxMs < usualRetryMs ? 'is' : 'may be';
  return `the TTL of ${keyLifeInWords(life)} ${isShorter} shorter than senders usually wait before they try again (TradingView 5 s, others a minute and more): retries after ${fromMs / 1000} s or more ${are} taken as new signals`;
}
