import { type ClockReading, sameMachineClock } from '../../analysis/journal/clock.ts';
import type { ClockPair, Manifest } from '../../contract/journal/journal.ts';
import type { RunClock } from '../../monitor/clock.ts';
import type { ManifestFile } from './manifest-file.ts';
import { measureClock } from './measure-clock.ts';

/** What a generator elsewhere says of the clock that it writes its files by. */
export interface SaidClock {
  /** Now, in microseconds since the epoch. */
  readonly nowUs: number;
  /** As its files' headers have it. */
  readonly clock?: ClockPair | undefined;
  /** Of its machine, and its clocks' namespace. */
  readonly bootId?: string | null | undefined;
  readonly timeNamespace?: string | undefined;
}

export interface AskedGenerator {
  readonly id: string;
  /** Asks it once; rejects where it does not answer. */
  readonly ask: () => Promise<SaidClock>;
}

interface Noted {
  readonly clock: RunClock;
  readonly manifest: ManifestFile;
}

/** A clock drifts evenly over such a time, or nearly so. */
const measureEveryMs = 30_000;

/** Measures the clocks of generators that have one of their own, before, during and after the load, and notes them in run.json. */
export class GeneratorClocks {
  readonly #session: Noted;
  readonly #asked: readonly AskedGenerator[];
  readonly #readings = new Map<string, ClockReading[]>();
  #timer: NodeJS.Timeout | undefined;
  #measuring: Promise<unknown> = Promise.resolve();

  private constructor(session: Noted, asked: readonly AskedGenerator[]) {
    this.#session = session;
    this.#asked = asked;
  }

  /** Measures all of them a first time. One that does not answer stays without a reading: nobody knows its clock then. */
  static async begin(session: Noted, asked: readonly AskedGenerator[]): Promise<GeneratorClocks> {
    const clocks = new GeneratorClocks(session, asked);
    await clocks.#measure();
    if (asked.length > 0) {
      clocks.#timer = setInterval(() => {
        clocks.#measuring = clocks.#measuring.then(() => clocks.#measure());
      }, measureEveryMs).unref();
    }
    return clocks;
  }

  /** How far it was ahead of the run's clock when it was last measured; null if it never answered. */
  latest(id: string): ClockReading | null {
    return this.#readings.get(id)?.at(-1) ?? null;
  }

  /** Measures them once more. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#measuring;
    await this.#measure();
  }

  /** One after the other: together they would wait for each other's answers. */
  async #measure(): Promise<void> {
    for (const { id, ask } of this.#asked) {
      const reading = await this.#readingOf(ask);
      if (reading === null) continue;
      const all = this.#readings.get(id);
      if (all === undefined) this.#readings.set(id, [reading]);
      else all.push(reading);
    }
    if (this.#readings.size > 0) this.#session.manifest.change({ clocks: Object.fromEntries(this.#readings) });
  }

  async #readingOf(ask: AskedGenerator['ask']): Promise<ClockReading | null> {
    const { clock, manifest } = this.#session;
    try {
      const { reading, said } = await measureClock(ask, clock);
      const [same] = isSameMachine(said, manifest.manifest) ? sameMachineClock(said.clock, clock.pair).readings : [];
      return same === undefined ? reading : { ...same, atUs: reading.atUs };
    } catch (error) {
      // It may answer again, or be lost: then its files tell what is missing.
      if (!(error instanceof Error)) throw error;
      return null;
    }
  }
}

/** Then both count one monotonic clock. */
function isSameMachine(said: SaidClock, { bootId, timeNamespace }: Manifest): said is SaidClock & { clock: ClockPair } {
  return (
    said.clock !== undefined && bootId !== undefined && said.bootId === bootId && said.timeNamespace === timeNamespace
  );
}
