import { request } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../../backend/free-port.ts';
import { generatorId, journalFiles } from '../../contract/journal/paths.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { atomicWrite } from '../atomic-write.ts';
import type { Fleet, Generator, GeneratorRun, GeneratorStep, RestAnswer } from './generator.ts';
import { startK6 } from './k6-process.ts';
import type { Session } from './session.ts';

/** So many k6 processes on this machine. A single one has no REST API. */
export async function localFleet(session: Session): Promise<Fleet> {
  const { generators: count } = session.settings;
  const ports = new Set<number>();
  while (count > 1 && ports.size < count) ports.add(await freePort());
  const generators = Array.from(
    { length: count },
    (_, n) => new LocalGenerator(session, generatorId(n + 1), [...ports][n] ?? null),
  );
  return { generators, isCoordinated: count > 1, close: async () => {} };
}

class LocalGenerator implements Generator {
  constructor(
    private readonly session: Session,
    readonly id: string,
    /** Of its REST API, in each scenario anew; null without one. */
    private readonly port: number | null,
  ) {}

  clockAheadMs(): number {
    return 0;
  }

  start({ scenario, script, plan, variables, part }: GeneratorStep): GeneratorRun {
    const { k6, folder, runId, clock, env, redact, manifest } = this.session;
    const { id, port } = this;
    const run = startK6({
      ...{ k6, id, name: scenario, script, folder, runId, env, redact },
      part: part === null || port === null ? null : { ...part, port },
      clock: clock.pair,
      variables: { ...variables, ...(plan === null ? {} : { STRESS_PLAN: this.planFile(scenario, plan) }) },
      onUnwritable: (path, refusal) => manifest.noteUnwritable(path, refusal),
    });
    return {
      rest: (method, path, body, withinMs) => askLocally({ method, port: port ?? 0, path, withinMs }, body),
      interrupt: () => run.child.signal('SIGINT'),
      kill: () => run.child.kill(),
      ended: run.ended.then((exit) => ({ exit, lost: null, errors: run.errors, exceptions: run.thrown.all })),
      collect: async () => null,
    };
  }

  /** What run.json says is what the generator executes: it gets the plan itself, as a file. */
  private planFile(scenario: ScenarioName, plan: string): string {
    const path = join(this.session.folder, journalFiles.plan(this.id, scenario));
    atomicWrite(path, plan);
    return path;
  }
}

interface Asked {
  readonly method: string;
  readonly port: number;
  readonly path: string;
  /** Undefined: no limit. */
  readonly withinMs: number | undefined;
}

/** Node's `fetch` would give up a teardown after five minutes. */
function askLocally({ withinMs, ...asked }: Asked, body?: string): Promise<RestAnswer> {
  const limit = withinMs === undefined ? {} : { signal: AbortSignal.timeout(withinMs) };
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', agent: false, ...asked, ...limit }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      answer.on('error', reject);
    });
    asking.on('error', reject);
    asking.end(body);
  });
}
