import { sentNames } from '../../contract/plan/signal-id.ts';
import { lazy } from '../../contract/profile/lazy.ts';
import type { Run } from '../interpret/run.ts';
import type { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';
import { apartUs } from '../journal/server.ts';
import { countBelow } from '../statistics.ts';
import { atSecond, counted } from '../words.ts';
import type { ProcessEnd } from './process-end.ts';
import { alignedUs } from './requests-at-end.ts';

/** So many of each end are named. */
const maxNamed = 3;

interface Lost {
  count: number;
  withoutEffect: number;
  readonly names: string[];
}

/**
 * Requests that were open as a process that serves ended, and got no answer in time: a process that ends gracefully, too, may take with it what it
 * had accepted, while its connection or a master's lives on. Each is told of the first such end after it was sent.
 */
export class NeverAnswered {
  readonly #ends: readonly ProcessEnd[];
  readonly #endedAtUs: Float64Array;
  readonly #run: Run;
  readonly #lost: () => ReadonlyMap<ProcessEnd, Lost>;

  constructor(run: Run, ends: readonly ProcessEnd[]) {
    this.#run = run;
    this.#lost = lazy(() => this.#gathered());
    this.#ends = ends
      .filter(({ process, server }) => process.role !== 'helper' && apartUs(server) <= alignedUs)
      .toSorted((a, b) => a.atUs - b.atUs);
    this.#endedAtUs = Float64Array.from(this.#ends, ({ atUs }) => atUs);
  }

  /** The end that such a request may have been lost with; null if it got an answer, or nothing ended. */
  endOf(ledger: Ledger, at: number): ProcessEnd | null {
    if (this.#ends.length === 0 || !ledger.isSignal(at) || ledger.recordedOutcomeOf(at) !== 'timeout') return null;
    const [sendUs, endUs] = [ledger.notedSendUs(at), ledger.notedEndUs(at)];
    const first = this.#ends[countBelow(this.#endedAtUs, sendUs)];
    return first === undefined || first.atUs >= endUs ? null : first;
  }

  /** Of all ends. */
  get count(): number {
    return [...this.#lost().values()].reduce((sum, { count }) => sum + count, 0);
  }

  /** In words, to be added to those of an end; empty if all that was open then was answered. */
  inWords(end: ProcessEnd): string {
    const lost = this.#lost().get(end);
    if (lost === undefined) return '';
    const { count, withoutEffect, names } = lost;
    const effect = withoutEffect === 0 ? '' : `, and of ${withoutEffect} no effect was read back`;
    const named = `${names.join(', ')}${count > names.length ? ', …' : ''}`;
    return `; ${counted(count, 'request')} open then got no answer in time${effect}: may have been lost with it (${named})`;
  }

  /** What is added to a request that got no answer. */
  noteOf(ledger: Ledger, at: number): string {
    const end = this.endOf(ledger, at);
    if (end === null) return '';
    const { role, pid } = end.process;
    const ended = `${role} ${pid} ended ${atSecond(end.atUs, this.#run.manifest.startedAtUs)}`;
    const effect = hasNoEffect(ledger, at) ? ', and no effect of it was read back' : '';
    return `; it was open as ${ended}${effect}: it may have been lost with that`;
  }

  #gathered(): ReadonlyMap<ProcessEnd, Lost> {
    const byEnd = new Map<ProcessEnd, Lost>();
    if (this.#ends.length === 0) return byEnd;
    const sentName = sentNames(this.#run.manifest.profile);
    for (const { ledger } of this.#run.scenarios) {
      for (let at = 0; ledger !== null && at < ledger.length; at += 1) {
        const end = this.endOf(ledger, at);
        if (end === null) continue;
        const lost = byEnd.get(end) ?? { count: 0, withoutEffect: 0, names: [] };
        byEnd.set(end, lost);
        lost.count += 1;
        if (hasNoEffect(ledger, at)) lost.withoutEffect += 1;
        const signal = ledger.signalOf(at);
        if (lost.names.length < maxNamed && signal !== none) lost.names.push(sentName(ledger.signals.text(signal)));
      }
    }
    return byEnd;
  }
}

/** As far as the read-back of its webhook, which is whole, tells. */
function hasNoEffect(ledger: Ledger, at: number): boolean {
  const signal = ledger.signalOf(at);
  return signal !== none && ledger.isReadBack(ledger.webhookOf(at)) && ledger.effects(signal) === 0;
}
