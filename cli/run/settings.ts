import { statSync } from 'node:fs';
import type { Plan } from '../../contract/plan/plan.ts';
import { planOf, problemsOfPlan } from '../../contract/plan/plan-of.ts';
import type { BuiltInScenario, ScenarioName } from '../../contract/plan/scenarios.ts';
import type { Sizes } from '../../contract/plan/sizes.ts';
import { limitsOf } from '../../contract/profile/declared-limits.ts';
import { givenWebhooks } from '../../contract/profile/given-webhooks.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { urlVariable } from '../../contract/profile/read-only-query.ts';
import { readbackTokenProblems } from '../../contract/profile/readback-token.ts';
import { secondTenantOf } from '../../contract/profile/second-tenant.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { findServer, type ServerAddress } from '../../monitor/system/find-server.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { normalizeBaseUrl, normalizeHost } from '../base-url.ts';
import { type Env, type Environment, ownEnvironment, readEnvironment } from '../environment.ts';
import { type KubernetesSettings, kubernetesSettings } from '../kubernetes/kubernetes-settings.ts';
import { monitoringProblems } from '../metrics-url.ts';
import type { doctorTable } from '../options/doctor.ts';
import { commandHelp } from '../options/help.ts';
import type { Values } from '../options/option.ts';
import { parseArguments } from '../options/parse.ts';
import { runTable } from '../options/run.ts';
import { type ServerOptionValues, serverAddresses, waysToFind } from '../options/server-options.ts';
import type { BundledScenario } from '../own-scenario/bundle-scenario.ts';
import { type Loaded, loadProfile } from '../profile-file.ts';
import { withSignature } from '../signature-option.ts';
import { askedScenarios, failIfWrong } from './asked-scenarios.ts';
import { isEmbeddedByDefault } from './embedded-by-default.ts';
import { urlSetting } from './host-check.ts';
import { journalLimit } from './journal-bytes.ts';
import { soakProblems, soakSizes } from './soak-sizes.ts';

export interface RunSettings {
  readonly scenarios: readonly ScenarioName[];
  /** What the user wrote, bundled, in the order in which they run after the others. */
  readonly ownScenarios: readonly BundledScenario[];
  /** Normalized; null: the embedded backend. */
  readonly baseUrl: string | null;
  /** Whether the embedded backend is tested only because neither a server nor a profile was named. */
  readonly embeddedByDefault: boolean;
  /** Normalized. */
  readonly allowHosts: readonly string[];
  readonly reports: string;
  readonly runId: string | null;
  readonly cooldownMs: number;
  /** What the folder of the run may take on disk. */
  readonly journalLimitBytes: number;
  readonly intervalMs: number;
  readonly strict: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
  /** How many k6 processes share the load. */
  readonly generators: number;
  /** Generators are pods; null: they run here. */
  readonly kubernetes: KubernetesSettings | null;
  readonly workers: number;
  readonly faults: readonly string[];
  /** How the monitor finds an external server, as its own options, given here or by the profile; null: by the port of BASE_URL. */
  readonly findServer: {
    readonly options: readonly string[];
    readonly address: ServerAddress;
    readonly isGiven: boolean;
  } | null;
  readonly serverLogs: readonly string[];
  /** Normalized: monitors on the servers' machines. */
  readonly monitorUrls: readonly string[];
  /** A command of a shell that starts the server, and how long it may take until it answers; null: it runs already. */
  readonly exec: { readonly command: string; readonly startWithinMs: number } | null;
  /** When, into sustained, the embedded backend gets SIGTERM and is started again; null for never. */
  readonly restartAfterMs: number | null;
  readonly profile: TargetProfile;
  readonly sizes: Sizes;
  readonly webhooks: number;
  /** What each of the scenarios will send; those of own ones are known when k6 has been asked, see own-plan.ts. */
  readonly plans: readonly Plan[];
  readonly environment: Environment;
}

/** Its signals are read back, and it lasts long enough to drain in. */
export const restartedScenario = 'sustained' satisfies BuiltInScenario;

type RunValues = Values<typeof runTable.options>;

/** What the profile of the embedded backend is with the stores that it is given. */
function storesOfEmbedded({ backend }: Environment): Readonly<Record<string, string>> {
  return {
    REDIS: backend.redisUrl === undefined ? 'none' : 'present',
    DATABASE: backend.postgresUrl === undefined ? 'none' : 'present',
  };
}

async function loadRunProfile(values: RunValues, environment: Environment): Promise<Loaded> {
  const loaded = await loadProfile(
    values.profile ?? environment.targetProfile,
    process.cwd(),
    environment.baseUrl === null ? 'embedded' : 'generic',
    (base) => ({
      ...((environment.baseUrl ?? base.baseUrl) === null ? storesOfEmbedded(environment) : {}),
      ...environment.all,
    }),
  );
  return withSignature(loaded, values.signature);
}

/** Kinds of limit that the embedded backend does not have. */
function kindsWithout({ limiter }: TargetProfile): readonly string[] {
  if (limiter.kind === 'none') return [];
  const kinds = limitsOf(limiter).map(({ kind }) => kind);
  return kinds.filter((kind) => kind === 'delaying' || kind === 'concurrent');
}

/** What needs the embedded backend although it is not started, and the other way around. */
function embeddedProblems(
  values: RunValues,
  environment: Environment,
  { profile, source, problems }: Loaded,
  embedded: boolean,
): string[] {
  const found: string[] = [];
  for (const kind of embedded && profile !== null ? kindsWithout(profile) : []) {
    found.push(`LIMITER_KIND=${kind}: the embedded backend has no such limiter; choose another kind or set BASE_URL`);
  }
  if (embedded && profile !== null && problems.length === 0 && source !== 'embedded') {
    found.push(`${source} has no baseUrl: set BASE_URL, or STRESS_PROFILE=embedded for the embedded backend`);
  }
  if (!embedded && values.fault.length > 0) {
    found.push('--fault breaks the embedded backend, but BASE_URL or the profile names another server: leave one out');
  }
  if (embedded && values.exec !== null) {
    found.push('--exec starts the server at BASE_URL: set BASE_URL, or leave --exec out for the embedded backend');
  }
  if (values['restart-after'] !== null && (!embedded || environment.backend.postgresUrl === undefined)) {
    found.push('--restart-after needs the embedded backend on a store that outlives it: set BACKEND_POSTGRES_URL');
  }
  return found;
}

/** The one way to find the server that was given; a server that is not there is a problem now, not in mid-run. */
function serverAddress(values: ServerOptionValues & Pick<RunValues, 'exec'>, profile: TargetProfile, env: Env) {
  const problems: string[] = [];
  const ways = serverAddresses(values, env);
  if (ways.length > 1) problems.push(`${waysToFind} are ways to find one server: give one`);
  const named = profile.process.by === 'name' ? { by: 'process' as const, name: profile.process.name } : null;
  const address = ways[0] ?? named;
  // The profile's process is looked for when it is known that the server is on this machine, and one of --exec when it runs.
  if (ways.length === 1 && address !== null && values.exec === null) {
    try {
      findServer(address);
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      problems.push(error.message);
    }
  }
  if (address === null) return { found: null, problems };
  const value = address.by === 'pid' ? address.pids.join(',') : address.by === 'port' ? address.port : address.name;
  return { found: { options: [`--${address.by}`, String(value)], address, isGiven: ways.length > 0 }, problems };
}

export const logProblems = (logs: readonly string[]): string[] => logs.flatMap(logProblem);

function logProblem(log: string): string[] {
  const file = statSync(log, { throwIfNoEntry: false });
  if (file === undefined) return [`--log: ${log} does not exist; name the file that the server writes its log to`];
  return file.isDirectory() ? [`--log: ${log} is a folder; name a file in it`] : [];
}

/** The token that a read-back asks with, and the store that it asks, must be known before anything is sent. */
function readbackProblems({ readback }: TargetProfile, { all, readbackToken, unread }: Environment): readonly string[] {
  if (readback.kind !== 'query') return readbackTokenProblems({ readback }, readbackToken, unread);
  const name = urlVariable(readback);
  const protocols = readback.store === 'redis' ? ['redis', 'rediss'] : ['postgres', 'postgresql'];
  const url = all[name] ?? '';
  if (url === '') return [`${name} is not set, and the profile's read-back asks ${readback.store}: set its URL`];
  const isOfStore = URL.canParse(url) && protocols.includes(new URL(url).protocol.slice(0, -1));
  return isOfStore ? [] : [`${name} must be a URL that begins with ${protocols[0]}://`];
}

function monitorUrlsOf(given: readonly string[], { monitor }: Environment) {
  const all = given.map((text) => normalizeBaseUrl(text, '--monitor-url'));
  const isWithout = given.length > 0 && monitor.serviceToken === null;
  return {
    urls: all.flatMap((url) => ('value' in url ? [url.value] : [])),
    problems: [
      ...all.flatMap((url) => ('problem' in url ? [url.problem] : [])),
      ...(isWithout ? ['--monitor-url needs MONITOR_TOKEN, the one that the monitors there were started with'] : []),
    ],
  };
}

/** Hosts of --allow-host and ALLOW_HOST in one form. */
export function allowedHosts(option: readonly string[], { allowHosts }: Environment) {
  const hosts = [
    ...option.map((text) => normalizeHost(text, '--allow-host')),
    ...allowHosts.map((text) => normalizeHost(text, 'ALLOW_HOST')),
  ];
  return {
    hosts: hosts.flatMap((host) => ('value' in host ? [host.value] : [])),
    problems: hosts.flatMap((host) => ('problem' in host ? [host.problem] : [])),
  };
}

function baseUrlOf(
  text: string | null,
  setting: string,
): { readonly baseUrl: string | null; readonly problems: readonly string[] } {
  if (text === null) return { baseUrl: null, problems: [] };
  const normalized = normalizeBaseUrl(text, setting);
  return 'value' in normalized
    ? { baseUrl: normalized.value, problems: [] }
    : { baseUrl: null, problems: [normalized.problem] };
}

/** The webhooks that are given, and the profile, which says whether there is a second tenant. */
function accessOf(declared: TargetProfile, { webhooks: { tokens, secrets }, unread, all: settings }: Environment) {
  const { webhooks, problems } = givenWebhooks(declared, tokens, secrets, unread);
  const second = secondTenantOf({ profile: declared, webhooks, settings });
  return { webhooks, profile: second.profile, problems: [...problems, ...second.problems] };
}

/**
 * Settings of a run from arguments and environment; null if only help was asked for.
 * Rejects with an ExpectedError that tells every problem at once.
 */
export async function runSettings(
  args: readonly string[],
  env: Env = ownEnvironment,
  table: typeof runTable | typeof doctorTable = runTable,
): Promise<RunSettings | null> {
  const { values, operands, help, problems: wrong } = parseArguments(table, args);
  if (help) return null;
  const environment = readEnvironment(env);
  const { problems: askedProblems, ...asked } = await askedScenarios(operands, environment);
  const loaded = await loadRunProfile(values, environment);
  const { sizes, problems: sizeProblems } = soakSizes(values, asked.scenarios, environment);
  // If the profile is wrong, all else is checked and told at once, apart from what depends on it.
  const known = loaded.profile ?? loaded.base;
  const declared = known ?? builtInProfiles.generic;
  const urlText = environment.baseUrl ?? declared.baseUrl;
  const target = baseUrlOf(urlText, urlSetting(environment));
  const { hosts, problems: hostProblems } = allowedHosts(values['allow-host'], environment);
  const { profile, ...given } = accessOf(declared, environment);
  const server = serverAddress(values, profile, environment.all);
  const pods = await kubernetesSettings(values, table.name, urlText !== null || known === null);
  const journal = journalLimit(values['journal-limit']);
  const remotes = monitorUrlsOf(values['monitor-url'], environment);
  const plans =
    sizeProblems.length > 0 ? [] : asked.scenarios.map((name) => planOf(name, sizes, profile, given.webhooks.length));
  const ofProfile = [
    ...embeddedProblems(values, environment, loaded, urlText === null),
    ...given.problems,
    ...readbackProblems(profile, environment),
    ...monitoringProblems(profile, target.baseUrl),
    ...plans.flatMap((plan) => [...problemsOfPlan(plan, profile), ...soakProblems(plan, sizes)]),
  ];
  const problems = [
    ...[...wrong, ...askedProblems],
    ...[...loaded.problems, ...sizeProblems],
    ...environment.problems,
    ...target.problems,
    ...hostProblems,
    ...[...server.problems, ...remotes.problems, ...pods.problems, ...journal.problems],
    ...[...logProblems(values.log), ...(known === null ? [] : ofProfile)],
  ];
  if (values['restart-after'] !== null && !asked.scenarios.includes(restartedScenario)) {
    problems.push(`--restart-after restarts the backend during ${restartedScenario}: add this scenario`);
  }
  failIfWrong(table.name, problems, asked.ownScenarios);
  return {
    embeddedByDefault: isEmbeddedByDefault(urlText, values, environment.targetProfile),
    ...{ baseUrl: target.baseUrl, allowHosts: hosts, reports: values.reports },
    ...{ ...asked, runId: values['run-id'], journalLimitBytes: journal.bytes },
    ...{ cooldownMs: values.cooldown * 1000, intervalMs: values.interval * 1000 },
    ...{ strict: values.strict, quiet: values.quiet, json: values.json, workers: values.workers },
    ...{ generators: values.generators, kubernetes: pods.kubernetes, faults: values.fault },
    findServer: server.found,
    serverLogs: values.log,
    monitorUrls: remotes.urls,
    exec: values.exec === null ? null : { command: values.exec, startWithinMs: values['start-within'] * 1000 },
    restartAfterMs: values['restart-after'] === null ? null : values['restart-after'] * 1000,
    ...{ profile, sizes, plans, environment },
    webhooks: given.webhooks.length > 0 ? Math.min(given.webhooks.length, sizes.WEBHOOKS) : sizes.WEBHOOKS,
  };
}

export const runHelp = (): string => commandHelp(runTable);

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
