import type { Plan } from '../../contract/plan/plan.ts';
import { planOf, problemsOfPlan } from '../../contract/plan/plan-of.ts';
import { isScenarioName, type ScenarioName, scenarioNames } from '../../contract/plan/scenarios.ts';
import { type Sizes, sizeNames, sizesFromSettings, sizeTable } from '../../contract/plan/sizes.ts';
import { givenWebhooks } from '../../contract/profile/given-webhooks.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { environment } from '../environment.ts';
import { parseOptions } from '../parse-options.ts';
import { loadProfile } from '../profile-file.ts';

export interface RunSettings {
  readonly scenarios: readonly ScenarioName[];
  /** Null: the embedded backend. */
  readonly baseUrl: string | null;
  readonly allowHosts: readonly string[];
  readonly reports: string;
  readonly runId: string | null;
  readonly cooldownMs: number;
  readonly intervalMs: number;
  readonly strict: boolean;
  readonly workers: number;
  readonly faults: readonly string[];
  /** How the monitor finds an external server, as its own options; null: by the port of BASE_URL. */
  readonly findServer: readonly string[] | null;
  readonly serverLog: string | null;
  /** When, into sustained, the embedded backend gets SIGTERM and is started again; null for never. */
  readonly restartAfterMs: number | null;
  readonly profile: TargetProfile;
  readonly sizes: Sizes;
  readonly webhooks: number;
  /** What each of the scenarios will send. */
  readonly plans: readonly Plan[];
}

/** Its signals are read back, and it lasts long enough to drain in. */
export const restartedScenario = 'sustained' satisfies ScenarioName;

const options = {
  'allow-host': { type: 'string', multiple: true },
  profile: { type: 'string' },
  reports: { type: 'string', default: 'reports' },
  'run-id': { type: 'string' },
  cooldown: { type: 'string', default: '5' },
  interval: { type: 'string', default: '0.25' },
  strict: { type: 'boolean', default: false },
  'restart-after': { type: 'string' },
  workers: { type: 'string', default: '2' },
  fault: { type: 'string', multiple: true },
  pid: { type: 'string' },
  port: { type: 'string' },
  process: { type: 'string' },
  log: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const parse = (args: readonly string[]) => parseOptions('run', { args: [...args], options, allowPositionals: true });

export const runHelp = `webhook-stress run [SCENARIO…]: run scenarios, watch the server, write one report with a verdict

Scenarios: ${scenarioNames.join(', ')} (all of them by default)

  --profile PROFILE     what the server promises and how its requests read: generic, fastapi, embedded or a file
                       (STRESS_PROFILE does the same; default stress.config.ts, .mjs, .js or .json in this folder)
  --allow-host NAME    load a host outside loopback (ALLOW_HOST does the same)
  --reports DIR        where the folder of the run goes (default reports)
  --run-id ID          name of that folder (default: the time)
  --cooldown SECONDS   pause between scenarios (default 5)
  --interval SECONDS   between two samples of the server (default 0.25)
  --strict             warnings fail, too
  --restart-after SECONDS
                       into sustained the embedded backend on a real PostgreSQL gets SIGTERM and is started again: is any signal
                       lost, how long does it drain
  --workers N          worker processes of the embedded backend (default 2)
  --fault NAME[=VALUE] break the embedded backend on purpose (webhook-stress backend --help lists them)
  --pid N, --port N, --process NAME
                       the server to watch (default: what the profile says, else who listens on the port of BASE_URL)
  --log FILE           the server's log, to know a worker recycled in order from one that died
  --help               this text

Without BASE_URL, and without baseUrl in the profile, the embedded backend is started (with BACKEND_REDIS_URL and
BACKEND_POSTGRES_URL on real stores). Webhooks are those of WEBHOOK_TOKEN and WEBHOOK_SECRET, or made after logging in with
LOGIN_EMAIL and LOGIN_PASSWORD; WEBHOOK_TOKEN_FILE, WEBHOOK_SECRET_FILE, LOGIN_PASSWORD_FILE and MONITORING_TOKEN_FILE name files instead.
Over the profile go LIMITER_KIND, LIMIT, LIMIT_WINDOW_MS, LIMIT_BURST, IDEMPOTENCY_TTL_MS, IDEMPOTENCY_ORDER, READBACK,
REDIS and DATABASE.

Sizes, set in the environment:
${sizeNames.map((name) => `  ${name.padEnd(26)} ${sizeTable[name].meaning} (default ${sizeTable[name].default})`).join('\n')}

Exit codes: 0 passed, 1 a criterion failed, 2 bad usage and nothing was sent, 3 inconclusive, 130 interrupted.
`;

/** What the profile of the embedded backend is with the stores that it is given. */
function storesOfEmbedded(): Readonly<Record<string, string>> {
  return {
    REDIS: environment.backend.redisUrl === undefined ? 'none' : 'present',
    DATABASE: environment.backend.postgresUrl === undefined ? 'none' : 'present',
  };
}

/**
 * Settings of a run from arguments and environment; null where only help was asked for.
 * Rejects with an ExpectedError that tells every problem at once.
 */
export async function runSettings(args: readonly string[]): Promise<RunSettings | null> {
  const problems: string[] = [];
  const { values, positionals } = parse(args);
  if (values.help) return null;

  const scenarios: ScenarioName[] = [];
  for (const word of positionals) {
    if (isScenarioName(word)) scenarios.push(word);
    else problems.push(`"${word}" is no scenario; they are ${scenarioNames.join(', ')}`);
  }

  function number(name: 'cooldown' | 'interval' | 'workers', least: number, whole: boolean): number {
    const value = Number(values[name]);
    if (values[name].trim() === '' || !Number.isFinite(value) || value < least || (whole && !Number.isInteger(value))) {
      problems.push(`--${name} is "${values[name]}"; it must be a ${whole ? 'whole ' : ''}number of at least ${least}`);
    }
    return value;
  }

  const loaded = await loadProfile(
    values.profile ?? environment.targetProfile,
    process.cwd(),
    environment.baseUrl === null ? 'embedded' : 'generic',
    (base) => ({ ...((environment.baseUrl ?? base.baseUrl) === null ? storesOfEmbedded() : {}), ...environment.all }),
  );
  const { sizes, problems: sizeProblems } = sizesFromSettings(environment.all);
  problems.push(...loaded.problems, ...sizeProblems, ...environment.problems);
  // Judged by the ready profile's needs where the given one is wrong: all problems are told at once.
  const profile = loaded.profile ?? builtInProfiles.generic;
  const baseUrl = environment.baseUrl ?? profile.baseUrl;
  const embedded = baseUrl === null;

  function restartAfter(): number | null {
    const text = values['restart-after'];
    if (text === undefined) return null;
    const seconds = Number(text);
    if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 0) {
      problems.push(`--restart-after is "${text}"; it must be a number of at least 0`);
    }
    if (!embedded || environment.backend.postgresUrl === undefined) {
      problems.push('--restart-after needs the embedded backend on a store that outlives it: set BACKEND_POSTGRES_URL');
    }
    if (scenarios.length > 0 && !scenarios.includes(restartedScenario)) {
      problems.push(`--restart-after restarts within ${restartedScenario}, which is not asked for`);
    }
    return seconds * 1000;
  }
  if (embedded && profile.limiter.kind === 'delaying') {
    problems.push('LIMITER_KIND=delaying is no kind of the embedded backend: choose another or set BASE_URL');
  }
  if (embedded && loaded.profile !== null && loaded.source !== 'embedded') {
    problems.push(
      `${loaded.source} names no baseUrl: set BASE_URL, or STRESS_PROFILE=embedded for the embedded backend`,
    );
  }

  const { tokens, secrets } = environment.webhooks;
  const given = givenWebhooks(profile, tokens, secrets);
  problems.push(...given.problems);
  if (!embedded && (values.fault ?? []).length > 0) {
    problems.push('--fault breaks the embedded backend, but BASE_URL or the profile names another server');
  }
  const runId = values['run-id'] ?? null;
  if (runId !== null && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(runId)) {
    problems.push('--run-id must be letters, digits, dots, dashes and underscores: it names a folder');
  }
  const ways = (['pid', 'port', 'process'] as const).flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [[`--${name}`, value] as const];
  });
  if (ways.length > 1) problems.push('--pid, --port and --process are three ways to find one server: give one');

  const command = scenarios.length > 0 ? scenarioNames.filter((name) => scenarios.includes(name)) : scenarioNames;
  const plans =
    sizeProblems.length > 0 ? [] : command.map((name) => planOf(name, sizes, profile, given.webhooks.length));
  problems.push(...plans.flatMap((plan) => problemsOfPlan(plan, profile)));
  const settings: RunSettings = {
    scenarios: command,
    baseUrl: baseUrl?.replace(/\/+$/, '') ?? null,
    allowHosts: [...(values['allow-host'] ?? []), ...environment.allowHosts],
    reports: values.reports,
    runId,
    cooldownMs: number('cooldown', 0, false) * 1000,
    intervalMs: number('interval', 0.1, false) * 1000,
    strict: values.strict,
    workers: number('workers', 1, true),
    faults: values.fault ?? [],
    findServer: ways[0] ?? (profile.process.by === 'name' ? ['--process', profile.process.name] : null),
    serverLog: values.log ?? null,
    restartAfterMs: restartAfter(),
    profile,
    sizes,
    webhooks: given.webhooks.length > 0 ? Math.min(given.webhooks.length, sizes.WEBHOOKS) : sizes.WEBHOOKS,
    plans,
  };
  if (problems.length > 0) throw new ExpectedError(`run: ${problems.join('; ')}`);
  return settings;
}

/** k6's start, provisioning and read-back, on top of what a scenario takes by design. */
const overheadSeconds = 3;

export function estimatedSeconds(settings: RunSettings, name: ScenarioName): number {
  const plan = settings.plans.find(({ scenario }) => scenario === name);
  return overheadSeconds + (plan?.estimatedMs ?? 0) / 1000;
}

/** Of the whole run, cool-downs included. */
export function estimatedTotalSeconds(settings: RunSettings): number {
  const scenarios = settings.scenarios.reduce((sum, name) => sum + estimatedSeconds(settings, name), 0);
  return scenarios + (Math.max(0, settings.scenarios.length - 1) * settings.cooldownMs) / 1000;
}
