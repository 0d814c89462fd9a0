import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { isStatus } from './last-words.ts';

/** Between which samples a process ended. */
interface EndSpan {
  readonly lastSeenUs: number;
  readonly atUs: number;
}

/** A look may show a process that rested for so long after its end: see KeptStats of the monitor. What was said earlier is of no end. */
const shownUs = 2_000_000;

/**
 * When processes ended, as the kernel or whoever waits for them told by exit code or signal: that is never too early, and samples may show
 * them a moment longer.
 */
export class EndMoments {
  readonly #server: Pick<ServerTimeline, 'samples'>;
  readonly #toldUs = new Map<string, number>();

  constructor(server: Pick<ServerTimeline, 'samples' | 'alerts'>) {
    this.#server = server;
    for (const { pid, startTicks, cause, atUs } of server.alerts) {
      if (pid === undefined || startTicks === undefined || cause === undefined || !isStatus({ cause })) continue;
      const key = processIdentity({ pid, startTicks });
      this.#toldUs.set(key, Math.min(atUs, this.#toldUs.get(key) ?? atUs));
    }
  }

  /** @param shown the last sample with it, and the first one without it. */
  of(process: Pick<ProcessSample, 'pid' | 'startTicks'>, shown: EndSpan): EndSpan {
    const toldUs = this.#toldUs.get(processIdentity(process));
    if (toldUs === undefined || toldUs > shown.lastSeenUs || toldUs < shown.lastSeenUs - shownUs) return shown;
    // A sample is taken a moment before it is asked what ended.
    const atUs = toldUs === shown.lastSeenUs ? shown.atUs : toldUs;
    return { lastSeenUs: this.#sampleBefore(toldUs) ?? shown.lastSeenUs, atUs };
  }

  #sampleBefore(us: number): number | null {
    let last: number | null = null;
    for (const { atUs } of this.#server.samples) {
      if (atUs >= us) break;
      last = atUs;
    }
    return last;
  }
}
