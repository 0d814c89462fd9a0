import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { lazy } from '../../contract/profile/lazy.ts';
import type { Run } from '../interpret/run.ts';
import { coverHalf } from '../interpret/spans.ts';
import { starvedSpans } from '../interpret/starvation.ts';
import type { Ledger } from '../journal/ledger.ts';
import type { Span } from '../journal/timeline.ts';

/** A connection that breaks with its process is seen on both sides within this. */
const slackUs = 100_000;

/** A clock that is off by no more changes nothing of what broke with a process. */
export const alignedUs = slackUs;

/** A worker that is aborted may answer what it was at with an error, and take a moment to end. */
const lastAnswersUs = 1_000_000;

/**
 * A request that broke off sooner may have met a connection as it was closed, at rest between two requests: HTTP/1.1 cannot rule that
 * out (RFC 9112, 9.3.1), and every graceful end does it. One that was longer with a server was cut off.
 */
export const maxClosingUs = 50_000;

/**
 * The kernel frees the memory of a process that ends before it closes its connections: exit(0) in a request of Node, Go and Python broke it
 * off 9 to 59 ms later.
 */
const minEndingUs = 5_000;

/** A server that ends gracefully listens no more before it closes connections; one that does not closes all of them within this. */
const closedTogetherUs = 10_000;

/** So long before its connections close, a server that ends gracefully may have stopped to listen. */
const finishingUs = 500_000;

/** The answer of a proxy whose server went away. With 504 it waited in vain: who goes away ends the connection. */
const goneBehindProxy = 502;

interface Failed {
  readonly sendUs: number;
  readonly endUs: number;
  /** Whether it was with a server that did not answer it to the end; else the server answered with an error. */
  readonly isBrokenOff: boolean;
  /** For half of its time or more the server had no CPU, for others took it: nobody may have read it. */
  readonly isStarved: boolean;
}

/** How many were cut off, how many met a closing connection, and how many one of the two. */
export interface BrokenOff {
  readonly cutOff: number;
  readonly metClosing: number;
  readonly either: number;
}

/** One that found nobody there: the connection was refused, or the proxy says so. */
interface Refused {
  readonly sendUs: number;
}

function countsOf(failed: readonly Failed[]): BrokenOff {
  const broken = failed.filter(({ isBrokenOff }) => isBrokenOff);
  const long = broken.filter(({ sendUs, endUs }) => endUs - sendUs > maxClosingUs);
  const either = long.filter(({ isStarved }) => isStarved).length;
  return { cutOff: long.length - either, metClosing: broken.length - long.length, either };
}

/** When the last request succeeded, and when the last one was sent that did not. */
interface LastOnes {
  readonly succeededUs: number;
  readonly failedUs: number;
}

const noSuccess: ReadonlySet<string> = new Set(['failed', 'timeout', 'unclassified']);

function lastOnesOf(ledgers: readonly Ledger[]): LastOnes {
  let [succeededUs, failedUs] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const ledger of ledgers) {
    for (let at = 0; at < ledger.length; at += 1) {
      const outcome = ledger.recordedOutcomeOf(at);
      if (!ledger.isSignal(at) || outcome === 'abandoned') continue;
      if (noSuccess.has(outcome)) failedUs = Math.max(failedUs, ledger.notedSendUs(at));
      else succeededUs = Math.max(succeededUs, ledger.notedEndUs(at));
    }
  }
  return { succeededUs, failedUs };
}

const isFailed = (ledger: Ledger, at: number): boolean =>
  ledger.isSignal(at) && ledger.recordedOutcomeOf(at) === 'failed';

function failedIn(ledger: Ledger, full: readonly Span[]): readonly Failed[] {
  const found: Failed[] = [];
  for (let at = 0; at < ledger.length; at += 1) {
    if (!isFailed(ledger, at) || ledger.isNeverSent(at)) continue;
    const status = ledger.statusOf(at);
    const [sendUs, endUs] = [ledger.notedSendUs(at), ledger.notedEndUs(at)];
    const isBrokenOff = status === 0 || status === goneBehindProxy;
    const isStarved = coverHalf(full, { fromUs: sendUs, toUs: endUs });
    found.push({ sendUs, endUs, isBrokenOff, isStarved });
  }
  return found;
}

/** What tells a server that went away from one that is replaced: looked at only if a root ended by its exit code alone. */
interface Absence {
  readonly refused: readonly Refused[];
  /** Ends of requests that succeeded, in their order. */
  readonly succeededUs: Float64Array;
  /** Most answers took no longer. */
  readonly usualUs: number;
}

const usualShare = 0.95;

function absenceIn(ledgers: readonly Ledger[]): Absence {
  const refused: Refused[] = [];
  const [ends, times]: [number[], number[]] = [[], []];
  for (const ledger of ledgers) {
    for (let at = 0; at < ledger.length; at += 1) {
      const outcome = ledger.recordedOutcomeOf(at);
      const [sendUs, endUs] = [ledger.notedSendUs(at), ledger.notedEndUs(at)];
      if (isFailed(ledger, at) && (ledger.isNeverSent(at) || ledger.statusOf(at) === goneBehindProxy))
        refused.push({ sendUs });
      if (!ledger.isSignal(at) || outcome === 'abandoned' || noSuccess.has(outcome)) continue;
      ends.push(endUs);
      times.push(endUs - sendUs);
    }
  }
  const sorted = Float64Array.from(times).sort();
  const usualUs = sorted[Math.floor(sorted.length * usualShare)] ?? 0;
  return { refused, succeededUs: Float64Array.from(ends).sort(), usualUs };
}

/** What the generators had under way when processes of the server ended. */
export class RequestsAtEnd {
  readonly #ledgers: readonly { readonly name: ScenarioName; readonly ledger: Ledger }[];
  /** By their ends. */
  readonly #failed: readonly Failed[];
  readonly #last: () => LastOnes;
  readonly #absence: () => Absence;

  constructor(run: Pick<Run, 'scenarios' | 'servers' | 'manifest'>) {
    const full = starvedSpans(run);
    this.#ledgers = run.scenarios.flatMap(({ name, ledger }) => (ledger === null ? [] : [{ name, ledger }]));
    this.#last = lazy(() => lastOnesOf(this.#ledgers.map(({ ledger }) => ledger)));
    this.#absence = lazy(() => absenceIn(this.#ledgers.map(({ ledger }) => ledger)));
    this.#failed = this.#ledgers.flatMap(({ ledger }) => failedIn(ledger, full)).toSorted((a, b) => a.endUs - b.endUs);
  }

  /** Whether requests were sent later, and none succeeded any more. */
  failTillTheEnd(fromUs: number): boolean {
    const { failedUs, succeededUs } = this.#last();
    return failedUs > fromUs && succeededUs < fromUs;
  }

  /**
   * How many were refused until one succeeded again, if a server ended in the midst of a request: that broke off later than it would have,
   * had it met a closing connection, which takes no longer than an answer, and none was refused before, as by one that lets its
   * requests finish.
   */
  refusedAfterCut(fromUs: number, toUs: number): number {
    const broken = this.#failedBetween(fromUs, toUs).filter(({ isBrokenOff }) => isBrokenOff);
    const goneUs = broken[0]?.endUs ?? Number.POSITIVE_INFINITY;
    const { refused, succeededUs, usualUs } = this.#absence();
    const isCut = broken.some(
      ({ sendUs, endUs, isStarved }) => !isStarved && endUs - sendUs > Math.max(minEndingUs, usualUs),
    );
    if (!isCut) return 0;
    const before = refused.some(({ sendUs }) => sendUs > goneUs - finishingUs && sendUs < goneUs - closedTogetherUs);
    if (before) return 0;
    const backUs = succeededUs.find((us) => us > goneUs) ?? Number.POSITIVE_INFINITY;
    return refused.filter(({ sendUs }) => sendUs >= goneUs - closedTogetherUs && sendUs < backUs).length;
  }

  /** How many were refused from then on until one succeeded that ended after `toUs`. */
  refusedFrom(fromUs: number, toUs: number): number {
    const { refused, succeededUs } = this.#absence();
    const backUs = succeededUs.find((us) => us > toUs) ?? Number.POSITIVE_INFINITY;
    return refused.filter(({ sendUs }) => sendUs >= fromUs && sendUs < backUs).length;
  }

  /**
   * Requests that broke off while a process ended between these moments, of clocks that may be `apartUs` apart: those that surely did, and
   * all that may have.
   */
  brokenOff(fromUs: number, toUs: number, apartUs: number): { readonly surely: BrokenOff; readonly maybe: BrokenOff } {
    return {
      surely: countsOf(this.#failedBetween(fromUs, toUs, slackUs - apartUs)),
      maybe: countsOf(this.#failedBetween(fromUs, toUs, slackUs + apartUs)),
    };
  }

  /** In words: what was under way then. It looks at every request. */
  inFlight(fromUs: number, toUs: number): string {
    const failed = this.#failedBetween(fromUs - lastAnswersUs, toUs);
    // Those that failed tell the moment; else it is the middle of the time in which the process ended.
    const momentUs = failed[0]?.endUs ?? (fromUs + toUs) / 2;
    const underWay = this.#ledgers.flatMap(({ name, ledger }) => {
      let count = 0;
      for (let at = 0; at < ledger.length; at += 1) {
        if (ledger.isSignal(at) && ledger.notedSendUs(at) <= momentUs && ledger.notedEndUs(at) >= momentUs) count += 1;
      }
      return count === 0 ? [] : [`${count} of ${name}`];
    });
    const longestMs = failed.reduce((longest, { sendUs, endUs }) => Math.max(longest, (endUs - sendUs) / 1000), 0);
    const broken = failed.filter(({ isBrokenOff }) => isBrokenOff).length;
    const endings = [
      ...(broken > 0 ? [`${broken} broke off`] : []),
      ...(failed.length > broken ? [`${failed.length - broken} failed with an answer`] : []),
    ];
    const text = `in flight: ${underWay.length === 0 ? 'nothing' : underWay.join(', ')}`;
    return failed.length === 0 ? text : `${text}; ${endings.join(', ')}, the oldest after ${longestMs.toFixed(0)} ms`;
  }

  /** @param slack less than nothing: so much of the time between is left out. */
  #failedBetween(fromUs: number, toUs: number, slack = slackUs): readonly Failed[] {
    let low = 0;
    for (let high = this.#failed.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((this.#failed[middle]?.endUs ?? 0) < fromUs - slack) low = middle + 1;
      else high = middle;
    }
    const found: Failed[] = [];
    for (let at = low; at < this.#failed.length; at += 1) {
      const each = this.#failed[at];
      if (each === undefined || each.endUs > toUs + slack) break;
      if (each.sendUs <= toUs + slack - slackUs) found.push(each);
    }
    return found;
  }
}
