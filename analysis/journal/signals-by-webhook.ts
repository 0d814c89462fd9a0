/** What of a ledger is looked at here. */
interface Signals {
  readonly length: number;
  isSignal(at: number): boolean;
  webhookOf(at: number): number;
  sendUs(at: number): number;
}

/** Indices of the signals sent to each webhook, in order of sending. */
export function signalsByWebhook(ledger: Signals): ReadonlyMap<number, Uint32Array> {
  const counts = new Map<number, number>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.isSignal(at)) counts.set(ledger.webhookOf(at), (counts.get(ledger.webhookOf(at)) ?? 0) + 1);
  }
  const lists = new Map([...counts].map(([webhook, count]) => [webhook, new Uint32Array(count)]));
  const filled = new Map<number, number>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (!ledger.isSignal(at)) continue;
    const webhook = ledger.webhookOf(at);
    const next = filled.get(webhook) ?? 0;
    const list = lists.get(webhook);
    if (list !== undefined) list[next] = at;
    filled.set(webhook, next + 1);
  }
  for (const list of lists.values()) list.sort((a, b) => ledger.sendUs(a) - ledger.sendUs(b));
  return lists;
}
