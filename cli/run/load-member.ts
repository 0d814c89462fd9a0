import { setTimeout as sleep } from 'node:timers/promises';
import type { Generator, GeneratorRun, GeneratorStep } from './generator.ts';
import { stageOf } from './k6-rest.ts';
import type { LoadEnd, LoadOptions } from './load.ts';

/** A k6 that lives tells its stage at once, whatever it is at; on a full machine, within seconds. */
const answerWithinMs = 10_000;
const watchEveryMs = 1000;
/** What it wrote last it writes in seconds; from a pod, the copy of that may take minutes. */
const endWithinMs = 300_000;

/** One generator at the scenario. */
export class Member {
  readonly run: GeneratorRun;
  isGone = false;
  /** Whether its end was asked for: then an exit is no surprise. */
  isEnding = false;
  private wasInterrupted = false;
  /** When its REST API last told its stage; infinite: never yet. */
  private heardAtMs = Number.POSITIVE_INFINITY;
  private finished: Promise<LoadEnd> | null = null;
  /** What went wrong with it, told when it happened; null: nothing. */
  problem: string | null = null;

  constructor(
    readonly generator: Generator,
    step: GeneratorStep,
    private readonly how: LoadOptions,
  ) {
    this.run = generator.start(step);
    void this.run.ended.then(() => {
      this.isGone = true;
    });
  }

  get isLiving(): boolean {
    return !this.isGone && this.problem === null;
  }

  /** The first one that is noted stands: others follow from it. */
  note(problem: string): void {
    if (this.problem !== null) return;
    this.problem = problem;
    this.how.tell(`${this.generator.id} ${problem}`);
  }

  /** Once: k6 takes a second SIGINT as leave to lose what it has not written yet. */
  interrupt(): void {
    if (this.wasInterrupted) return;
    this.wasInterrupted = true;
    this.run.interrupt();
  }

  /** Ends it, and brings its files. */
  finish(): Promise<LoadEnd> {
    this.finished ??= this.end();
    return this.finished;
  }

  /** The stage that it is in; null if it does not tell. One that told, and falls silent while it lives, hangs: it is killed. */
  async look(): Promise<number | null> {
    const stage = await stageOf(this.run, answerWithinMs);
    if (stage !== null) this.heardAtMs = performance.now();
    else if (performance.now() - this.heardAtMs > this.how.silentMs)
      this.giveUp('hangs: its REST API answered nothing', this.how.silentMs);
    return stage;
  }

  /** Waits for what it was asked, and looks meanwhile whether it hangs: what it is asked has no time limit. */
  async unlessItHangs<T>(asked: Promise<T>): Promise<T> {
    let isOver = false;
    const answered = asked.finally(() => {
      isOver = true;
    });
    void (async () => {
      for (; !isOver && this.isLiving; await sleep(watchEveryMs)) await this.look();
    })();
    return answered;
  }

  private giveUp(how: string, forMs: number): void {
    if (!this.isLiving) return;
    this.note(`${how} for ${Math.round(forMs / 1000)} s, and was killed`);
    this.run.kill();
  }

  private async end(): Promise<LoadEnd> {
    this.isEnding = true;
    this.interrupt();
    const tooLong = setTimeout(() => this.giveUp('was to end, and did not', endWithinMs), endWithinMs);
    const end = await this.run.ended;
    clearTimeout(tooLong);
    const refusal = await this.run.collect();
    if (refusal !== null) this.note(refusal);
    return { id: this.generator.id, end, problem: this.problem };
  }
}
