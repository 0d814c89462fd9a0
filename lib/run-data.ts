import type { PromisedRange } from '../contract/journal/promised-ranges.ts';

/** What setup() hands to every VU. Times on the generator's wall clock. */
export interface RunData {
  readonly webhooks: readonly { readonly token: string; readonly secret: string }[];
  /** Makes the signals of this run unlike those of any other. */
  readonly runTag: string;
  /** Of the log-in; empty where there was none. */
  readonly accessToken: string;
  /** The webhook of the second tenant by its index, and the token of its log-in; null without one. */
  readonly otherTenant: { readonly index: number; readonly accessToken: string } | null;
  /** Several generators share the plan. */
  readonly isShared: boolean;
  /** Where the plan's time 0 lies, if several generators were told so; see lib/origin.ts. */
  readonly originMs?: number;
  /** In teardown: what the other generators were promised, if that is known. */
  readonly elsewhere?: readonly PromisedRange[];
  /** In teardown: the run was interrupted, and nobody waits for a backlog. */
  readonly endsSoon?: boolean;
  /** When setup ended. In a phase: that by which the phase's instants count, see lib/execute.ts. */
  readonly readyAtMs: number;
}
