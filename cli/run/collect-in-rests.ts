import { join } from 'node:path';
import fetch from 'node-fetch';
import { fieldsOf, numberIn, textIn } from '../../analysis/journal/fields.ts';
import type { Collection } from '../../contract/journal/journal.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import type { Plan } from '../../contract/plan/plan.ts';
import { isCycle } from '../../contract/plan/roles.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { phasesOfPiece } from '../../contract/plan/soak.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { pinnedAgent } from '../../monitor/probes/pinned-agent.ts';
import { urlOnHost } from '../metrics-url.ts';
import { readbackEnvironment } from '../processes/child-environment.ts';
import { outputOf } from '../processes/output-of.ts';
import { GrowingFile } from './growing-file.ts';
import type { Session } from './session.ts';

const lookEveryMs = 100;
/** After the last request of a cycle was due: it has been answered by then, and most of the rest is still to come. */
const afterLoadMs = 200;
const timeoutMs = 10_000;
/** What a command prints is not read. */
const maxPrintedBytes = 16 * 1024 * 1024;

type Collect = NonNullable<TargetProfile['monitoring']['collect']>;

/**
 * When the rests of a plan begin, on the run's clock, told by one of its requests: phases start when they are planned.
 * @param lines of the ledger; null if none of them is a request of the plan.
 */
export function restsOf({ phases }: Pick<Plan, 'phases'>, lines: readonly unknown[]): readonly number[] | null {
  for (const line of lines) {
    const fields = fieldsOf(line);
    const sendUs = fields === null ? null : numberIn(fields, 'sendUs');
    const phase = fields === null ? undefined : phases.find(({ name }) => name === textIn(fields, 'phase'));
    if (sendUs === null || phase === undefined) continue;
    const startUs = sendUs - phase.startMs * 1000;
    return phases.map(({ endMs }) => startUs + endMs * 1000);
  }
  return null;
}

/** Has the target collect its garbage in each rest of memory-leak and soak, where the profile says how, and notes it in the manifest. */
export function collectInRests(session: Session, name: ScenarioName): { stop(): Promise<void> } {
  const { collect } = session.settings.profile.monitoring;
  const plan = session.settings.plans.find(({ scenario }) => scenario === name);
  if (plan === undefined || !plan.phases.some(({ role }) => isCycle(role)) || collect === null)
    return { stop: async () => {} };
  const { folder, manifest, clock, line, redact } = session;
  const ledgers = manifest.manifest.generators.map((id) => new GrowingFile(join(folder, beginningOf(plan, id))));
  const { phases } = plan;
  const told = new Set<string>();
  let isStopped = false;
  let rests: readonly number[] | null = null;
  /** The rest that is due next. */
  let next = 0;

  async function collectOnce(how: Collect): Promise<void> {
    const atUs = clock.nowUs();
    const failure = how.by === 'request' ? await byRequest(session, how) : await byCommand(session, how.command);
    const tookMs = Math.round((clock.nowUs() - atUs) / 1000);
    const noted: Collection = { atUs, tookMs, failure: failure === null ? null : redact(failure) };
    manifest.change({ collections: [...(manifest.manifest.collections ?? []), noted] });
    if (noted.failure === null || told.has(noted.failure)) return;
    told.add(noted.failure);
    line.warn(`${name}: garbage could not be collected: ${noted.failure}; see monitoring.collect of the profile`);
  }

  async function watch(how: Collect): Promise<void> {
    while (!isStopped && !session.interrupt.requested) {
      for (const ledger of rests === null ? ledgers : []) rests ??= restsOf({ phases }, ledger.lines());
      const nowUs = clock.nowUs() - afterLoadMs * 1000;
      const due = rests?.findLastIndex((atUs) => atUs <= nowUs) ?? -1;
      if (due >= next) {
        next = due + 1;
        await collectOnce(how);
      }
      await session.interrupt.sleep(lookEveryMs);
    }
  }

  /** The generator may end before the last rest is due: this one is waited for. */
  async function lastRest(how: Collect): Promise<void> {
    if (rests === null || next >= rests.length || session.interrupt.requested) return;
    await collectOnce(how);
    await session.interrupt.sleep(session.settings.sizes.LEAK_SETTLE_SECONDS * 1000);
  }

  const watching = watch(collect);
  return {
    stop: async () => {
      isStopped = true;
      await watching;
      await lastRest(collect);
    },
  };
}

/** The file that its first requests are in. */
const beginningOf = (plan: Plan, id: string): string =>
  phasesOfPiece(plan) === null
    ? journalFiles.ledger(id, plan.scenario)
    : journalFiles.ledgerPiece(id, plan.scenario, 1);

/** @returns why it failed, in our words; null if every request was answered with a 2xx. */
async function byRequest(
  { baseUrl, server, settings }: Session,
  { url: text, method, times }: Extract<Collect, { by: 'request' }>,
): Promise<string | null> {
  const url = urlOnHost(text, baseUrl, 'monitoring.collect.url');
  if ('problem' in url) return url.problem;
  const { environment } = settings;
  const { token } = environment.monitor;
  const agent = pinnedAgent(new URL(url.value), server?.address ?? null, environment.trust);
  const signal = AbortSignal.timeout(timeoutMs);
  for (let n = 0; n < times; n += 1) {
    try {
      const { status, body } = await fetch(url.value, {
        ...{ method, agent, signal, redirect: 'manual' },
        // Of another connection another worker may take care.
        headers: { Connection: 'close', ...(token === null ? {} : { Authorization: `Bearer ${token}` }) },
      });
      body?.resume();
      if (status < 200 || status > 299) return `${method} is answered with ${status}`;
    } catch (error) {
      if (signal.aborted) return `no answer within ${timeoutMs / 1000} s`;
      if (!(error instanceof Error)) throw error;
      return `no connection (${'code' in error ? String(error.code) : error.name})`;
    }
  }
  return null;
}

async function byCommand({ env, interrupt }: Session, command: readonly string[]): Promise<string | null> {
  const [program = '', ...args] = command;
  const output = await outputOf(
    { command: program, args, env: readbackEnvironment(env, command), stderr: 'ignore' },
    { timeoutMs, maxBytes: maxPrintedBytes, interrupted: interrupt.signal },
  );
  return 'failed' in output ? output.failed : null;
}
