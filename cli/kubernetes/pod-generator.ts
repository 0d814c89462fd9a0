import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { generatorService, type StateAnswer, stateAnswer } from '../../contract/journal/generator-service.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { UnwritableFileError } from '../../contract/journal/unwritable-file.ts';
import type { Generator, GeneratorEnd, GeneratorRun, GeneratorStep, RestAnswer } from '../run/generator.ts';
import { Unreachable } from './api-client.ts';
import { JournalCopy } from './journal-copy.ts';
import { jsonIn } from './json-in.ts';
import type { PodLink } from './pod-link.ts';

/** What a generator in a pod needs of its run. */
export interface PodRun {
  readonly folder: string;
  readonly runId: string;
  /** Variables of the target as this pod sees it. */
  readonly target: Readonly<Record<string, string>>;
  noteUnwritable(path: string, refusal: string): void;
  /** Why the pod has ended; null if it has not, as far as the API server knows. */
  whyEnded(): Promise<string | null>;
  clockAheadMs(): number | null;
}

const pollMs = 1000;
/** A pod that is there and does not answer for so long is given up. */
const silentMs = 30_000;

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly withinMs: number | undefined;
}

const started = z.object({ problem: z.string().nullable() });

/** A k6 in a pod. */
export class PodGenerator implements Generator {
  readonly id: string;
  readonly #link: PodLink;
  readonly #run: PodRun;
  readonly #copy: JournalCopy;
  #lost: string | null = null;

  constructor(id: string, link: PodLink, run: PodRun) {
    this.id = id;
    this.#link = link;
    this.#run = run;
    this.#copy = new JournalCopy(link, join(run.folder, journalFiles.generatorsFolder), id);
  }

  clockAheadMs(): number | null {
    return this.#run.clockAheadMs();
  }

  start(step: GeneratorStep): GeneratorRun {
    const begun = this.#lost === null ? this.#begin(step) : Promise.resolve(this.#lost);
    const ended = begun.then((problem) => (problem === null ? this.#follow(step) : lostBy(problem)));
    return {
      rest: async (method, path, body, withinMs) => {
        if ((await begun) !== null) throw new Unreachable(this.#lost ?? 'k6 was not started');
        return this.#rest({ method, path, body, withinMs });
      },
      interrupt: () => this.#signal('SIGINT'),
      kill: () => this.#signal('SIGKILL'),
      ended,
      collect: () => this.#collect(),
    };
  }

  /** In words why k6 was not started; null if it was. */
  async #begin({ scenario, script, plan, variables, part }: GeneratorStep): Promise<string | null> {
    const { runId, target } = this.#run;
    const body = JSON.stringify({
      ...{ runId, scenario, plan, part },
      script: readFileSync(script, 'utf8'),
      variables: { ...variables, ...target },
    });
    try {
      const { status, body: answer } = await this.#link.ask({
        ...{ method: 'POST', path: generatorService.start, body, timeoutMs: 60_000 },
      });
      if (status !== 200) {
        const said = started.safeParse(jsonIn(answer.toString('utf8')));
        return `k6 was not started: ${(said.success ? said.data.problem : null) ?? `HTTP ${status}`}`;
      }
      return null;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      this.#lost = (await this.#run.whyEnded()) ?? error.message;
      return this.#lost;
    }
  }

  async #rest({ method, path, body, withinMs = 0 }: Asked): Promise<RestAnswer> {
    const answer = await this.#link.ask({
      ...{ method: methodOf(method), path: `${generatorService.k6}${path.replace(/^\//, '')}`, timeoutMs: withinMs },
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.status, text: answer.body.toString('utf8') };
  }

  #signal(signal: 'SIGINT' | 'SIGKILL'): void {
    const body = JSON.stringify({ signal });
    // If it is not heard, the agent ends k6 by itself when it hears nothing more.
    this.#link.ask({ method: 'POST', path: generatorService.signal, body }).catch(() => {});
  }

  /** Until k6 has ended, or the pod is lost. Fetches meanwhile what it writes. */
  async #follow({ scenario }: GeneratorStep): Promise<GeneratorEnd> {
    let last: StateAnswer | null = null;
    let heardAtMs = performance.now();
    for (;;) {
      try {
        last = await this.#link.json(stateAnswer, { method: 'GET', path: generatorService.state });
        heardAtMs = performance.now();
        if (last.scenario === scenario && last.exit !== null) return this.#endOf(last);
        await this.#fetchNews();
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        const silent = performance.now() - heardAtMs;
        const why =
          (await this.#run.whyEnded()) ?? (silent < silentMs ? null : `${error.message} for ${silentMs / 1000} s`);
        if (why !== null) {
          this.#lost = why;
          return lostBy(why, last);
        }
      }
      await sleep(pollMs);
    }
  }

  /** A disk that refuses the copy here is no fault of the pod: its load goes on, and the copy is tried again. */
  async #fetchNews(): Promise<void> {
    try {
      await this.#copy.advance();
    } catch (error) {
      if (!(error instanceof UnwritableFileError)) throw error;
      this.#run.noteUnwritable(error.path, error.refusal);
    }
  }

  #endOf({ exit, errors, exceptions, unwritable }: StateAnswer): GeneratorEnd {
    const { folder } = this.#run;
    for (const { file, refusal } of unwritable) this.#run.noteUnwritable(join(folder, file), refusal);
    const { code, signal } = exit ?? { code: null, signal: null };
    return { exit: { code, signal: isSignal(signal) ? signal : null }, lost: null, errors, exceptions };
  }

  async #collect(): Promise<string | null> {
    return this.#lost === null ? this.#copy.finish() : `its pod was lost: ${this.#lost}`;
  }
}

const isSignal = (name: string | null): name is NodeJS.Signals =>
  name !== null && Object.hasOwn(constants.signals, name);

const lostBy = (lost: string, last: StateAnswer | null = null): GeneratorEnd => ({
  ...{ exit: null, lost, errors: last?.errors ?? [], exceptions: last?.exceptions ?? [] },
});

function methodOf(method: string): 'GET' | 'POST' | 'PUT' | 'PATCH' {
  if (method === 'GET' || method === 'POST' || method === 'PUT' || method === 'PATCH') return method;
  throw new Error(`k6's REST API knows no ${method}`);
}
