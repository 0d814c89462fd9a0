// The k6 module of our own k6 build, in k6/sender. k6 resolves it by require(), which it has in the init context.

interface NativeSender {
  /** Takes a description of profile and run as JSON, asked for once a process. Tells whether signals need their number. */
  open(describe: () => string): boolean;
  signal(
    webhook: number,
    token: string,
    secret: string,
    id: string,
    n: number,
    action: string,
    ticker: string,
    quantity: number,
    price: number,
    purpose: string,
    ledgerId: string | undefined,
    headers: Readonly<Record<string, string>> | undefined,
    proof: import('../contract/request/signed-words.ts').Proof | undefined,
    abandonAfterMs: number | undefined,
    reconnects: boolean | undefined,
    keepsConnection: boolean | undefined,
  ): import('../contract/journal/outcomes.ts').Outcome;
  request(what: import('./sent-request.ts').PlainRequest): import('./sent-request.ts').Answer;
  /** The effects that answers of this process promised and that are not among those with the given ids. */
  left(ids: readonly string[]): import('../contract/journal/drain.ts').Outstanding;
  /** The same, from ids that come page by page. */
  look(): import('./sent-request.ts').Look;
  /** Whether the process was asked to end. */
  isInterrupted(): boolean;
}

declare function require(name: 'k6/x/webhook'): NativeSender;
