import { setTimeout as sleep } from 'node:timers/promises';
import { k6ThresholdsMissed } from '../../contract/journal/k6-exit-code.ts';
import { exitInWords } from '../processes/child.ts';
import { type Generator, type GeneratorEnd, type GeneratorStep, partOf } from './generator.ts';
import { k6Stages, putSetup, resume, runSetup, runTeardown, type SetupData, stopLoad } from './k6-rest.ts';
import type { Load, LoadEnd, LoadOptions } from './load.ts';
import { Member } from './load-member.ts';

/** A k6 that makes thousands of VUs on a busy machine takes some seconds. */
const readyWithinMs = 120_000;
const lookEveryMs = 200;
/** From the last telling to the instant at which all begin. */
const leadMs = 150;
/** How long the load may take to end, and read-back, after an interrupt; k6 needs a moment more to end. */
const readBackAfterInterruptMs = 4_000;

/**
 * Runs a scenario on several generators as k6-operator does: all are started and wait, setup runs on the first and its data go to all,
 * they begin at one instant, and when all have ended their load, teardown runs on the first. One that does not start, or dies, leaves
 * its share undone; the others go on.
 */
export class CoordinatedLoad implements Load {
  readonly ended: Promise<readonly LoadEnd[]>;
  private readonly members: readonly Member[];
  private readonly how: LoadOptions;
  private isInterrupted = false;
  /** Whether the load was ended before its time. */
  private isCut = false;
  /** What setup returned; null: the load has not begun. */
  private data: SetupData | null = null;
  private tearingDown: Member | null = null;

  constructor(generators: readonly Generator[], step: Omit<GeneratorStep, 'part'>, how: LoadOptions) {
    this.how = how;
    this.members = generators.map(
      (generator, n) => new Member(generator, { ...step, part: partOf(n + 1, generators.length) }, how),
    );
    for (const member of this.members) void member.run.ended.then((end) => this.noteEnd(member, end));
    this.ended = this.carryOut();
  }

  endLoad(): void {
    this.isCut = true;
    for (const { run } of this.living) void stopLoad(run);
  }

  interrupt(): void {
    this.isInterrupted = true;
    // One of them still reads back, as a single generator does; at an interrupt k6 would close what that writes to.
    const keeper = this.data === null ? undefined : (this.tearingDown ?? this.living[0]);
    for (const member of this.members) if (member !== keeper) member.interrupt();
    if (keeper === undefined) return;
    if (keeper !== this.tearingDown) void this.stop(keeper);
    setTimeout(() => keeper.interrupt(), readBackAfterInterruptMs).unref();
  }

  kill(): void {
    for (const { run } of this.members) run.kill();
  }

  private async stop(keeper: Member): Promise<void> {
    const answer = await stopLoad(keeper.run);
    if ('refused' in answer) keeper.interrupt();
  }

  private get living(): readonly Member[] {
    return this.members.filter(({ isLiving }) => isLiving);
  }

  private async carryOut(): Promise<readonly LoadEnd[]> {
    await this.begin();
    if (this.data !== null) {
      await Promise.all(this.living.map((member) => this.untilStage(member, k6Stages.ended, Number.POSITIVE_INFINITY)));
      await this.tearDown(this.data);
    }
    return Promise.all(this.members.map((member) => member.finish()));
  }

  /** Until the load has begun, or cannot. */
  private async begin(): Promise<void> {
    const withinMs = Date.now() + readyWithinMs;
    await Promise.all(this.members.map((member) => this.untilStage(member, k6Stages.pausedBeforeRun, withinMs)));
    for (const member of this.living) {
      if (this.isInterrupted) return;
      const setup = await member.unlessItHangs(runSetup(member.run));
      if ('value' in setup) return this.resumeAll(setup.value);
      // What setup refuses one it refuses all; if the generator died, the next one may.
      await Promise.race([member.run.ended, sleep(lookEveryMs)]);
      if (member.isGone) continue;
      member.note(`setup failed: ${setup.refused}`);
      return;
    }
  }

  /** All know the instant at which the plan begins, each on its own clock, and are resumed at it. */
  private async resumeAll(data: SetupData): Promise<void> {
    const originMs = Date.now() + leadMs + 10 * this.living.length;
    await this.toAll(({ generator, run }) => {
      const aheadMs = generator.clockAheadMs();
      return putSetup(run, aheadMs === null ? data : { ...data, originMs: originMs + aheadMs });
    });
    await sleep(Math.max(0, originMs - Date.now()));
    if (this.isInterrupted) return;
    this.data = data;
    await this.toAll(({ run }) => resume(run));
  }

  private async toAll(ask: (member: Member) => ReturnType<typeof resume>): Promise<void> {
    await Promise.all(
      this.living.map(async (member) => {
        const answer = await ask(member);
        if (!('refused' in answer) || member.isGone) return;
        member.note(`it could not be started: ${answer.refused}`);
        member.interrupt();
      }),
    );
  }

  /** The others end first: what they were promised stands in their files, and the first one waits for that, too. */
  private async tearDown(data: SetupData): Promise<void> {
    const [keeper] = this.living;
    const others = this.members.filter((member) => member !== keeper);
    await Promise.all(others.map((member) => member.finish()));
    if (keeper === undefined) return;
    const elsewhere = this.how.promisedTo(others.map(({ generator }) => generator.id));
    const isLast = this.isInterrupted ? { endsSoon: true } : {};
    const known = elsewhere === null ? {} : { elsewhere };
    if (this.isInterrupted || elsewhere !== null) await putSetup(keeper.run, { ...data, ...known, ...isLast });
    this.tearingDown = keeper;
    const answer = await keeper.unlessItHangs(runTeardown(keeper.run));
    this.tearingDown = null;
    if ('refused' in answer && !keeper.isGone) keeper.note(`teardown failed: ${answer.refused}`);
  }

  private async untilStage(member: Member, stage: number, untilMs: number): Promise<void> {
    while (member.isLiving && !(this.isInterrupted && stage < k6Stages.ended)) {
      const seen = await member.look();
      if (seen !== null && seen >= stage) return;
      if (Date.now() >= untilMs) {
        member.note(`it was not ready within ${readyWithinMs / 1000} s`);
        // What never began has nothing to lose, and what hangs hears no SIGINT.
        member.run.kill();
        return;
      }
      // No race with its end: that is one promise of the whole run, and would keep each of these waits.
      await sleep(lookEveryMs);
    }
  }

  private noteEnd(member: Member, { exit, lost }: GeneratorEnd): void {
    const isGraceful = exit !== null && exit.signal === null && (exit.code === 0 || exit.code === k6ThresholdsMissed);
    if (this.isInterrupted || this.isCut || (member.isEnding && (isGraceful || this.data === null))) return;
    const how = exit === null ? `is lost: ${lost ?? 'nobody knows why'}` : `ended with ${exitInWords(exit)}`;
    member.note(member.isEnding ? how : `${how} before its load was over; the others go on`);
  }
}
