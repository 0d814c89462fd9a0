import { join } from 'node:path';
import { redactor } from '../../contract/journal/redaction.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { newClock } from '../../monitor/clock.ts';
import { ignoredNames } from '../processes/child-environment.ts';
import { startEmbeddedBackend } from '../run/embedded-backend.ts';
import { checkHost, checkServer, urlSetting, urlSource } from '../run/host-check.ts';
import type { Interrupt } from '../run/interrupt.ts';
import { findK6, type K6Binary, stockRemedy } from '../run/k6-binary.ts';
import { MonitorClient, MonitorRefusal, monitorRemedy } from '../run/monitor-client.ts';
import { withOwnPlans } from '../run/own-plan.ts';
import type { RunSettings } from '../run/settings.ts';
import { StartedServer } from '../run/started-server.ts';
import { type Check, ok, problem, unknown } from './check.ts';
import { type Examination, examine, type Target } from './examine.ts';
import { notesOf, obstaclesOf, type PlanNote, type Undecided, undecided } from './undecided.ts';

export interface Setup {
  readonly settings: RunSettings;
  readonly interrupt: Interrupt;
  /** For the log of an embedded backend. */
  readonly folder: string;
}

export interface Findings {
  /** Null: the embedded backend. */
  readonly baseUrl: string | null;
  readonly checks: readonly Check[];
  /** Null if the server could not be examined. */
  readonly undecided: readonly Undecided[] | null;
  /** Subjects of the checks that must be settled first. */
  readonly obstacles: readonly string[];
  readonly notes: readonly PlanNote[];
}

/** Everything that a run would need, checked: our side, the server, and what is watched. */
export async function diagnose({ settings: given, ...rest }: Setup): Promise<Findings> {
  const k6 = await k6Check(given);
  const { settings, problems } = await plannedSettings(given, k6.found);
  const setup = { ...rest, settings };
  const monitors = await monitorChecks(settings);
  const { checks, examination } = await serverChecks(setup);
  const { profile, scenarios, plans, baseUrl } = settings;
  const all = [...k6.checks, ...problems, ...checks, ...(examination?.checks ?? []), ...monitors];
  return {
    baseUrl,
    checks: all,
    obstacles: obstaclesOf(all, profile),
    undecided:
      examination === null
        ? null
        : undecided({ ...examination, profile, scenarios, plans, hasLedger: k6.found?.build !== 'stock' }),
    notes: notesOf(plans),
  };
}

async function k6Check({ environment }: RunSettings): Promise<{ checks: readonly Check[]; found: K6Binary | null }> {
  try {
    const found = await findK6(environment.k6Binary, environment.all, (text) => process.stderr.write(`${text}\n`));
    const what = `${found.version} (${found.path})`;
    const check =
      found.build === 'project'
        ? ok('k6', what)
        : unknown(
            'k6',
            `${what} is a stock k6, without the timeline and the ledger that most verdicts need`,
            stockRemedy,
          );
    const ignored = ignoredNames(environment.all);
    return {
      found,
      checks: ignored.length === 0 ? [check] : [check, unknown('environment', `ignored: ${ignored.join(', ')}`)],
    };
  } catch (error) {
    return { found: null, checks: [problemOf('k6', error)] };
  }
}

/** The settings with the plans of own scenarios, which only k6 knows. */
async function plannedSettings(settings: RunSettings, k6: K6Binary | null) {
  if (k6 === null || settings.ownScenarios.length === 0) return { settings, problems: [] };
  try {
    return { settings: await withOwnPlans(settings, k6), problems: [] };
  } catch (error) {
    return { settings, problems: [problemOf('scenario', error, 'correct it in its file')] };
  }
}

/** An expected error as a problem. @param otherwise what to do where it does not say. */
function problemOf(subject: string, error: unknown, otherwise = 'see docs/troubleshooting.md'): Check {
  if (!(error instanceof ExpectedError)) throw error;
  return problem(subject, error.what, error.remedy ?? otherwise);
}

interface ServerChecks {
  readonly checks: readonly Check[];
  /** Null if there was no server to examine. */
  readonly examination: Examination | null;
}

/** The server under test: one that runs, one of --exec, or the embedded backend, which then is ended again. */
async function serverChecks(setup: Setup): Promise<ServerChecks> {
  const { settings, interrupt, folder } = setup;
  const { all } = settings.environment;
  try {
    if (settings.baseUrl === null) {
      const launch = { env: all, logFile: join(folder, 'backend.log'), interrupt, onLogRefused: () => {} };
      const backend = await startEmbeddedBackend(settings, launch);
      try {
        const place = {
          baseUrl: backend.baseUrl,
          address: '127.0.0.1',
          pid: backend.pid,
          startedPid: backend.pid,
          logs: [launch.logFile],
        };
        return await examined(setup, { ...place, remark: null });
      } finally {
        await backend.stop();
      }
    }
    const { baseUrl, exec } = settings;
    if (exec === null) {
      const server = await checkServer(baseUrl, settings.allowHosts, settings.environment.trust, urlSource(settings));
      return await examined(setup, { ...server, pid: null, startedPid: null, logs: settings.serverLogs });
    }
    const redact = redactor(settings.environment.secrets);
    const say = (text: string): void => void process.stderr.write(`${text}\n`);
    const launch = { ...exec, baseUrl, clock: newClock(), interrupt, redact, note: () => {}, say };
    const { started, server } = await StartedServer.start(launch, settings);
    try {
      return await examined(setup, {
        ...{ ...server, pid: null, startedPid: started.pid },
        logs: [...settings.serverLogs, started.logFile],
      });
    } finally {
      await started.stop();
    }
  } catch (error) {
    return { checks: [problemOf('server', error)], examination: null };
  }
}

type Found = Pick<Target, 'baseUrl' | 'address' | 'pid' | 'startedPid' | 'logs'> & { readonly remark: string | null };

async function examined({ settings, interrupt }: Setup, { remark, ...found }: Found): Promise<ServerChecks> {
  const reached = ok(
    'server',
    `answers at ${found.baseUrl}${found.baseUrl.includes(found.address) ? '' : ` (${found.address})`}`,
  );
  const remarks = remark === null ? [] : [unknown('server', remark)];
  const examination = await examine({
    ...{ ...found, settings, interrupt, isBeforeRun: false, runId: 'doctor', env: settings.environment.all },
    addresses: await checkHost(found.baseUrl, settings.allowHosts, urlSetting(settings.environment)),
    line: { say: (text) => process.stderr.write(`${text}\n`) },
    redact: redactor(settings.environment.secrets),
  });
  return { checks: [reached, ...remarks], examination };
}

/** A clock that is known no better says little of which request met which sample. */
const maxUncertaintyUs = 50_000;

/** The monitors beside the servers (--monitor-url), and their clocks. */
async function monitorChecks({ monitorUrls, allowHosts, environment }: RunSettings): Promise<readonly Check[]> {
  const { trust, monitor } = environment;
  const checks: Check[] = [];
  for (const url of monitorUrls) {
    try {
      const [address = null] = await checkHost(url, allowHosts, '--monitor-url');
      const client = new MonitorClient({ url, address, token: monitor.serviceToken ?? '', trust });
      const { reading, said } = await client.measure(newClock());
      client.close();
      const ms = (us: number): string => `${(us / 1000).toFixed(2)} ms`;
      const words = `of ${said.host} at ${url}: its clock is ${ms(Math.abs(reading.aheadUs))} ${reading.aheadUs < 0 ? 'behind' : 'ahead'}, ±${ms(reading.uncertaintyUs)}`;
      checks.push(reading.uncertaintyUs > maxUncertaintyUs ? unknown('monitor', words) : ok('monitor', words));
    } catch (error) {
      if (error instanceof MonitorRefusal) {
        checks.push(problem('monitor', `${url} ${error.message}`, monitorRemedy));
      } else checks.push(problemOf('monitor', error));
    }
  }
  return checks;
}
