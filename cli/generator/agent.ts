import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { freePort } from '../../backend/free-port.ts';
import type {
  ClockAnswer,
  FilesAnswer,
  HelloAnswer,
  StartRequest,
  StateAnswer,
  TargetAnswer,
} from '../../contract/journal/generator-service.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import type { RunClock } from '../../monitor/clock.ts';
import type { Environment } from '../environment.ts';
import { variableGroups } from '../environment-variables.ts';
import type { ChildExit } from '../processes/child.ts';
import { addressForK6, checkServer } from '../run/host-check.ts';
import type { K6Binary } from '../run/k6-binary.ts';
import { type K6Run, startK6 } from '../run/k6-process.ts';
import { clockOfMachine } from '../run/new-manifest.ts';
import { packageVersion } from '../version.ts';
import { JournalFolder } from './journal-folder.ts';

export interface AgentSettings {
  readonly id: string;
  /** Of journals: a folder a run. */
  readonly folder: string;
  readonly k6: K6Binary;
  readonly clock: RunClock;
  readonly environment: Environment;
  redact(text: string): string;
}

interface Started {
  readonly scenario: string;
  readonly k6: K6Run;
  readonly restPort: number;
  readonly journal: JournalFolder;
  /** Null while it runs. */
  exit: ChildExit | null;
  readonly unwritable: { readonly file: string; readonly refusal: string }[];
}

const { target, access, profile, sizes, internal } = variableGroups;
/** Names that a runner may set for k6. What decides over programs and files stays the pod's own. */
const settable = new Set(
  [target, access, profile, sizes, internal]
    .flatMap(({ variables }) => variables)
    .filter(({ readBy, secret }) => readBy.includes('generator') && !secret)
    .map(({ name }) => name),
);

/** What a runner asks of a k6 elsewhere: one scenario after the other. */
export class Agent {
  readonly #settings: AgentSettings;
  readonly #scripts = mkdtempSync(join(tmpdir(), 'webhook-stress-generator-'));
  readonly #place = clockOfMachine();
  #started: Started | null = null;
  #isStarting = false;

  constructor(settings: AgentSettings) {
    this.#settings = settings;
  }

  hello(): HelloAnswer {
    const { id, k6 } = this.#settings;
    const versions = { webhookStress: packageVersion, node: process.version, k6: k6.version };
    return { format: 'webhook-stress/generator', id, versions, k6Build: k6.build };
  }

  clock(): ClockAnswer {
    const { clock } = this.#settings;
    // Last, for what comes between it and the wire is uncertainty.
    return { ...this.#place, format: 'webhook-stress/generator', clock: clock.pair, nowUs: clock.nowUs() };
  }

  /** Names are resolved here, where load comes from. */
  async target(baseUrl: string, allowHosts: readonly string[]): Promise<TargetAnswer> {
    try {
      const server = await checkServer(baseUrl, allowHosts, this.#settings.environment.trust);
      const { hostIsAllowed, remark } = server;
      return { address: addressForK6(server), hostIsAllowed, remark, problem: null };
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      return { address: '', hostIsAllowed: false, remark: null, problem: error.message };
    }
  }

  /** @returns in words why k6 was not started; null if it was. */
  async start(request: StartRequest): Promise<string | null> {
    const refused = Object.keys(request.variables).filter((name) => !settable.has(name));
    if (refused.length > 0) return `it takes no variable ${refused.join(', ')}`;
    if (this.#isStarting || (this.#started !== null && this.#started.exit === null))
      return 'it runs a scenario already';
    this.#isStarting = true;
    try {
      this.#started = this.#startedOn(request, await freePort());
      return null;
    } finally {
      this.#isStarting = false;
    }
  }

  #startedOn({ runId, scenario, script, plan, variables, part }: StartRequest, restPort: number): Started {
    const { id, folder: journals, k6, clock, environment, redact } = this.#settings;
    const folder = join(journals, runId);
    mkdirSync(join(folder, journalFiles.generator(id)), { recursive: true });
    const scriptFile = join(this.#scripts, `${scenario}.js`);
    writeFileSync(scriptFile, script);
    const planFile = join(folder, journalFiles.plan(id, scenario));
    if (plan !== null) writeFileSync(planFile, plan);
    const unwritable: Started['unwritable'] = [];
    const run = startK6({
      ...{ k6, id, folder, runId, redact, name: scenario, script: scriptFile, clock: clock.pair },
      part: { ...part, port: restPort },
      env: environment.all,
      variables: { ...variables, ...(plan === null ? {} : { STRESS_PLAN: planFile }) },
      onUnwritable: (path, refusal) => unwritable.push({ file: relative(folder, path), refusal }),
    });
    const journal = new JournalFolder(join(folder, journalFiles.generatorsFolder), id);
    const started: Started = { scenario, k6: run, restPort, journal, exit: null, unwritable };
    void run.ended.then((exit) => {
      started.exit = exit;
    });
    return started;
  }

  state(): StateAnswer {
    const run = this.#started;
    if (run === null) return { scenario: null, exit: null, errors: [], exceptions: [], unwritable: [] };
    const { scenario, exit, k6, unwritable } = run;
    return { scenario, exit, errors: [...k6.errors], exceptions: [...k6.thrown.all], unwritable: [...unwritable] };
  }

  signal(signal: 'SIGINT' | 'SIGKILL'): void {
    if (signal === 'SIGKILL') this.#started?.k6.child.kill();
    else this.#started?.k6.child.signal('SIGINT');
  }

  /** Of k6's REST API; null without a k6 that runs. */
  get restPort(): number | null {
    return this.#started === null || this.#started.exit !== null ? null : this.#started.restPort;
  }

  /** What k6 wrote, with digests once it has ended. */
  async files(): Promise<FilesAnswer> {
    const run = this.#started;
    return { files: run === null ? [] : await run.journal.list(run.exit !== null) };
  }

  /** Null for what is not among the files. */
  pathOf(file: string): string | null {
    return this.#started?.journal.pathOf(file) ?? null;
  }

  /** Ends k6, gracefully if it can be. */
  async close(withinMs: number): Promise<void> {
    if (this.#started !== null) await this.#started.k6.child.end('SIGINT', withinMs);
    await this.#started?.k6.ended;
    rmSync(this.#scripts, { recursive: true, force: true });
  }
}
