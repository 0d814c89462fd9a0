import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { Run } from '../interpret/run.ts';
import type { Ledger } from '../journal/ledger.ts';

/** A connection that breaks with its process is seen on both sides within this. */
const slackUs = 100_000;

/** Answers of a proxy whose server went away. */
const goneBehindProxy = new Set([502, 504]);

interface BrokenOff {
  readonly sendUs: number;
  readonly endUs: number;
}

/** Whether the request was with a server that did not answer it to the end. */
function isBrokenOff(ledger: Ledger, at: number): boolean {
  if (!ledger.isSignal(at) || ledger.recordedOutcomeOf(at) !== 'failed') return false;
  const status = ledger.statusOf(at);
  return status === 0 ? !ledger.isNeverSent(at) : goneBehindProxy.has(status);
}

/** What the generators had under way when processes of the server ended. */
export class RequestsAtEnd {
  readonly #ledgers: readonly { readonly name: ScenarioName; readonly ledger: Ledger }[];
  /** By their ends. */
  readonly #broken: readonly BrokenOff[];

  constructor({ scenarios }: Pick<Run, 'scenarios'>) {
    this.#ledgers = scenarios.flatMap(({ name, ledger }) => (ledger === null ? [] : [{ name, ledger }]));
    const broken: BrokenOff[] = [];
    for (const { ledger } of this.#ledgers) {
      for (let at = 0; at < ledger.length; at += 1) {
        if (isBrokenOff(ledger, at)) broken.push({ sendUs: ledger.sendUs(at), endUs: ledger.endUs(at) });
      }
    }
    this.#broken = broken.toSorted((a, b) => a.endUs - b.endUs);
  }

  /** Requests that broke off while a process ended between these moments. */
  brokenOff(fromUs: number, toUs: number): readonly BrokenOff[] {
    let low = 0;
    for (let high = this.#broken.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((this.#broken[middle]?.endUs ?? 0) < fromUs - slackUs) low = middle + 1;
      else high = middle;
    }
    const found: BrokenOff[] = [];
    for (let at = low; at < this.#broken.length; at += 1) {
      const each = this.#broken[at];
      if (each === undefined || each.endUs > toUs + slackUs) break;
      if (each.sendUs <= toUs) found.push(each);
    }
    return found;
  }

  /** In words: what was under way then. It looks at every request. */
  inFlight(fromUs: number, toUs: number): string {
    const broken = this.brokenOff(fromUs, toUs);
    // Those that broke off tell the moment; else it is the middle of the time in which the process ended.
    const momentUs = broken[0]?.endUs ?? (fromUs + toUs) / 2;
    const underWay = this.#ledgers.flatMap(({ name, ledger }) => {
      let count = 0;
      for (let at = 0; at < ledger.length; at += 1) {
        if (ledger.isSignal(at) && ledger.sendUs(at) <= momentUs && ledger.endUs(at) >= momentUs) count += 1;
      }
      return count === 0 ? [] : [`${count} of ${name}`];
    });
    const longestMs = broken.reduce((longest, { sendUs, endUs }) => Math.max(longest, (endUs - sendUs) / 1000), 0);
    const cutOff =
      broken.length === 0 ? '' : `; ${broken.length} broke off, the oldest after ${longestMs.toFixed(0)} ms`;
    return `in flight: ${underWay.length === 0 ? 'nothing' : underWay.join(', ')}${cutOff}`;
  }
}
