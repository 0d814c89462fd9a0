import { isShared } from '../../contract/plan/limits.ts';
import { newRunTag } from '../../contract/plan/signal-id.ts';
import { defaultLogin } from '../../contract/profile/default-login.ts';
import { givenWebhooks, type Webhook } from '../../contract/profile/given-webhooks.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { secondTenantOf } from '../../contract/profile/second-tenant.ts';
import { isLocalAddress } from '../../monitor/system/local-address.ts';
import type { Environment } from '../environment.ts';
import { portOf, reachedAddress } from '../reached-address.ts';
import type { Reading } from '../run/effect-lines.ts';
import { ownK6 } from '../run/k6-binary.ts';
import { readerOf } from '../run/runner-readback.ts';
import type { RunSettings } from '../run/settings.ts';
import { whyUnwatched } from '../run/watch-server.ts';
import { settingsAgainstProfile } from '../settings-against-profile.ts';
import { checkAccess } from './access-checks.ts';
import { type Bearing, bearingOf } from './bearing.ts';
import { type Check, unknown, unseen } from './check.ts';
import { Client } from './client.ts';
import { Conversation, type OtherTenant } from './conversation.ts';
import { httpVersionChecks } from './http-version.ts';
import { limitHeadersCheck } from './limit-headers.ts';
import { checkOtherWebhooks } from './other-webhooks.ts';
import { checkProcesses, type ProcessFacts } from './process-checks.ts';
import { readbackCheck, secondReadbackCheck } from './readback-check.ts';
import { clockCheck } from './server-clock.ts';
import { checkSignals } from './signal-checks.ts';
import { checkStores, type StoreFacts } from './store-checks.ts';

/** A live server and what a run with it would be. */
export interface Target extends Omit<Reading, 'settings'> {
  readonly settings: RunSettings;
  /** Normalized. */
  readonly baseUrl: string;
  readonly address: string;
  /** Every address that the name of its host leads to. */
  readonly addresses: readonly string[];
  /** The pid of a server that was started for the checks; null if it ran already. */
  readonly pid: number | null;
  /** What --exec started; null if there is none. */
  readonly startedPid: number | null;
  readonly logs: readonly string[];
  /** Load follows: what is sent must change nothing of it, and take less than a second of a healthy server. */
  readonly isBeforeRun: boolean;
}

export interface Examination extends Pick<ProcessFacts, 'isWatched' | 'seesDescriptors'>, StoreFacts {
  readonly checks: readonly Check[];
  /** From now on, until the limiter has forgotten the checks. */
  readonly quietMs: number;
}

/** A hanging server must not hold up a run; a slow one may answer. */
const timeoutMs = { check: 5_000, beforeRun: 2_000 } as const;
const readbackMs = { check: 3_000, beforeRun: 300 } as const;
/** A read-back command may take its time after a run. */
const commandMs = { check: 10_000, beforeRun: 2_000 } as const;

/** All checks of a server that answers, side by side where they do not need each other. */
export async function examine(target: Target): Promise<Examination> {
  const { settings, baseUrl, address } = target;
  const { trust, monitor } = settings.environment;
  const { httpVersion } = settings.profile.request;
  const [versions, talked, processes, stores] = await Promise.all([
    httpVersionChecks(httpVersion, { baseUrl, address, trust }),
    converse(target),
    processFacts(target),
    checkStores({ baseUrl, address, trust, profile: settings.profile, monitor }),
  ]);
  const { isWatched, seesDescriptors } = processes;
  return {
    ...stores,
    ...{ isWatched, seesDescriptors },
    checks: [
      ...versions,
      ...talked.checks,
      ...processes.checks,
      ...stores.checks,
      ...settingsAgainstProfile(settings.profile, settings.environment).map(({ name, problem, remedy }) =>
        unknown(name, problem, remedy),
      ),
    ],
    quietMs: talked.quietMs,
  };
}

async function converse(target: Target): Promise<{ readonly checks: readonly Check[]; readonly quietMs: number }> {
  const { settings, baseUrl, address, isBeforeRun, env, redact } = target;
  const { profile, environment } = settings;
  const { webhooks } = givenWebhooks(profile, environment.webhooks.tokens, environment.webhooks.secrets);
  const bearing = bearingOf(profile, webhooks.length, isBeforeRun);
  if (bearing.withoutSignals !== null && isShared(profile)) {
    return { checks: [unseen('signal', bearing.withoutSignals)], quietMs: 0 };
  }
  const limits = isBeforeRun ? 'beforeRun' : 'check';
  const client = new Client({ baseUrl, address, trust: environment.trust, timeoutMs: timeoutMs[limits] });
  const talk = new Conversation({
    ...{ profile, baseUrl, webhooks, client, bearing, redact, runTag: newRunTag(), readbackMs: readbackMs[limits] },
    readbackToken: environment.readbackToken,
    otherTenant: otherTenantOf(profile, webhooks, environment),
    login: {
      email: env.LOGIN_EMAIL || defaultLogin.email,
      password: env.LOGIN_PASSWORD || defaultLogin.password,
    },
  });
  try {
    const checks = await talkChecks(target, talk, bearing);
    const clock = client.heard.some(({ status }) => status !== 0) ? [clockCheck(client.heard, profile)] : [];
    return { checks: [...checks, ...clock], quietMs: client.heard.length === 0 ? 0 : bearing.quietMs };
  } finally {
    client.close();
  }
}

/** Of one that logs in no webhook is known yet. */
function otherTenantOf(
  profile: TargetProfile,
  webhooks: readonly Webhook[],
  { all, secondReadbackToken }: Environment,
): OtherTenant | null {
  const { tenant } = secondTenantOf({ profile, webhooks, settings: all });
  return tenant?.kind === 'webhook' && secondReadbackToken !== ''
    ? { webhook: tenant.webhook, readbackToken: secondReadbackToken }
    : null;
}

async function talkChecks(target: Target, talk: Conversation, { withoutSignals }: Bearing): Promise<readonly Check[]> {
  const { profile } = talk.parties;
  const { checks, webhook } = await checkAccess(talk);
  if (webhook === null) return checks;
  if (withoutSignals !== null) return [...checks, unseen('signal', withoutSignals)];
  if (!talk.hasRoom) return [...checks, unseen('signal', 'the limit that all requests share is used up')];
  const signals = await checkSignals(talk, webhook);
  if (signals.accepted === null) return [...checks, ...signals.checks];
  const headers = limitHeadersCheck(profile, signals.accepted);
  const readback = talk.hasRoom ? [await checkReadback(target, talk, webhook)] : [];
  const { otherTenant } = talk.parties;
  const second = talk.hasRoom && otherTenant !== null ? await secondReadbackCheck(talk, otherTenant) : null;
  const others = await checkOtherWebhooks(talk);
  const more = [headers, ...readback, second].filter((check) => check !== null);
  return [...checks, ...signals.checks, ...more, ...others];
}

async function checkReadback(target: Target, talk: Conversation, webhook: Webhook): Promise<Check> {
  const limitMs = commandMs[target.isBeforeRun ? 'beforeRun' : 'check'];
  const tooLong = AbortSignal.timeout(limitMs);
  const interrupt = { signal: AbortSignal.any([target.interrupt.signal, tooLong]) };
  const [scenario = 'burst'] = target.settings.scenarios;
  const read = readerOf({ ...target, interrupt }, { scenario, runTag: talk.parties.runTag });
  const check = await readbackCheck(talk, webhook, read);
  return tooLong.aborted ? unseen('read-back', `it takes longer than ${limitMs / 1000} s`) : check;
}

async function processFacts(target: Target): Promise<ProcessFacts> {
  const { settings, baseUrl, address, addresses, pid, startedPid, logs } = target;
  const backend = pid === null ? null : {};
  const server = { baseUrl, address, hostIsAllowed: false, remark: null };
  const why = whyUnwatched({ settings, server, backend });
  if (why !== null) {
    const isWatched = settings.monitorUrls.length > 0;
    const remedy = isWatched ? null : 'watch it from its own machine: --monitor-url (docs/servers-elsewhere.md)';
    return { checks: [unknown('processes', why, remedy)], isWatched, seesDescriptors: isWatched };
  }
  const port = portOf(baseUrl);
  const started = startedPid === null ? {} : { startedPid };
  const byPort = {
    ...{ by: 'port' as const, port, ip: isLocalAddress(address) ? address : null },
    ...started,
  };
  const declared =
    settings.findServer === null ? byPort : reachedAddress(settings.findServer.address, baseUrl, address);
  return checkProcesses({
    address: pid === null ? declared : { by: 'pid', pids: [pid], ...started },
    ...{ port, ip: address, addresses, logs },
    exitsProgram: await ownK6(settings.environment.k6Binary, settings.environment.all),
  });
}
