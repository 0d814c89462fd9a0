import { Drain, type DrainState, type Outstanding, type Patience, pauseMs } from '../../contract/journal/drain.ts';
import type { LedgerPollLine, LedgerSightingLine } from '../../contract/journal/journal.ts';
import { SeenEffects } from '../../contract/journal/seen-effects.ts';
import type { EffectsRead, ReadEffects } from './effect-lines.ts';

/** What polls wait by. */
export interface PollClock {
  nowUs(): number;
  /** Waits so many milliseconds, or less if the run is interrupted. */
  sleep(ms: number): Promise<void>;
  /** Ends all waiting and reading. */
  readonly interrupted: AbortSignal;
}

/** So many reads in a row that told nothing end the read-back. */
const maxFailures = 2;

/** Polls of what was processed, under load and after it, with what each saw first. */
export class EffectPolls {
  readonly lines: (LedgerPollLine | LedgerSightingLine)[] = [];
  private readonly read: ReadEffects;
  private readonly clock: PollClock;
  private readonly seen = new SeenEffects();
  private isStopped = false;
  private wake = (): void => {};

  constructor(read: ReadEffects, clock: PollClock) {
    this.read = read;
    this.clock = clock;
  }

  /** Ends `underLoad` after the read that is under way. */
  stop(): void {
    this.isStopped = true;
    this.wake();
  }

  /** Polls beside the load until it is stopped or interrupted; only as long as the times of effects are not told. */
  async underLoad(): Promise<void> {
    for (let tookMs = 0; ; ) {
      await this.pause(pauseMs(tookMs, 'under-load'));
      // Once interrupted neither a wait nor a read takes time: to go on would never let the program do anything else.
      if (this.isStopped || this.clock.interrupted.aborted) return;
      const fromUs = this.clock.nowUs();
      const read = await this.read();
      tookMs = (this.clock.nowUs() - fromUs) / 1000;
      if ('failed' in read) continue;
      if (read.effects.some(({ processedAtUs }) => processedAtUs > 0)) return;
      this.record(read.effects, { fromUs, missing: null, state: 'loading' });
    }
  }

  /** Waits until it is stopped, or so long. A race with one promise of the whole run would keep every wait until that ends. */
  private pause(ms: number): Promise<void> {
    if (this.isStopped) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.wake = resolve;
      this.clock.sleep(ms).then(resolve, reject);
    });
  }

  /**
   * Polls after the load until nothing is missing, or nothing new comes.
   * @param left the promised effects that are not among those of these signals.
   * @returns what the last poll read.
   */
  async afterLoad(patience: Patience, left: (ids: readonly string[]) => Outstanding | null): Promise<EffectsRead> {
    const drain = new Drain(patience);
    for (let failures = 0; ; ) {
      const fromUs = this.clock.nowUs();
      const read = await this.read();
      const toUs = this.clock.nowUs();
      failures = 'failed' in read ? failures + 1 : 0;
      if ('failed' in read && failures >= maxFailures) return read;
      if ('effects' in read) {
        const outstanding = left(read.effects.map(({ effect }) => effect));
        const state = drain.after({ atMs: toUs / 1000, effects: read.effects.length, outstanding });
        this.record(read.effects, { fromUs, missing: outstanding?.missing ?? null, state });
        if (state !== 'reading') return read;
      }
      await this.clock.sleep(pauseMs((toUs - fromUs) / 1000, 'after-load'));
    }
  }

  private record(
    effects: Extract<EffectsRead, { effects: unknown }>['effects'],
    { fromUs, missing, state }: { fromUs: number; missing: number | null; state: DrainState },
  ): void {
    this.lines.push({
      pollFromUs: fromUs,
      pollToUs: this.clock.nowUs(),
      effects: effects.length,
      ...(missing === null ? {} : { missing }),
      state,
    });
    const untimed = effects.filter(({ processedAtUs }) => processedAtUs === 0);
    for (const seen of this.seen.newIn(untimed.map(({ effect }) => effect))) this.lines.push({ seen });
  }
}
