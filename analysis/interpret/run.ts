import type { Plan } from '../../contract/plan/plan.ts';
import type { Ledger } from '../journal/ledger.ts';
import type { RecordedRun, RecordedScenario } from '../journal/run.ts';
import type { ServerTimeline } from '../journal/server.ts';
import type { Samples } from '../journal/server-samples.ts';
import type { Digest } from './digest.ts';
import type { Expectations } from './expectations.ts';

/** One scenario with its plan; the ledger says what each request was for, and which answers are replays. */
export interface ScenarioRun extends RecordedScenario {
  readonly plan: Plan;
  /** Of a scenario that is too long to hold: what its whole ledger says. `ledger` has the rows then that may matter one by one. */
  readonly digest: Digest | null;
}

/** A run as the rules judge it. */
export interface Run extends RecordedRun {
  readonly scenarios: readonly ScenarioRun[];
  /** What the declared contract lets each request get, worked out once. */
  readonly expectations: Expectations;
}

/** Which generators have a clock that nobody measured, in one line, where several sent; none if all are known. */
export function unknownClocks({ clocks }: Pick<Run, 'clocks'>, ledger: Ledger): readonly string[] {
  if (ledger.isPlaced || ledger.widestUs === 0) return [];
  const ids = [...clocks].filter(([, { source }]) => source === 'unknown').map(([id]) => id);
  return [
    `nobody measured the clock of ${ids.join(', ')}: what depends on when it sent, beside others, is inconclusive`,
  ];
}

type Watched = Pick<Run, 'servers'>;

/** What monitors saw whose servers' processes they watched; others look at stores, or from afar. */
export function processServers({ servers }: Watched): readonly ServerTimeline[] {
  return servers.filter(({ identity }) => identity.rootPid !== 0);
}

/** The server that a view of one machine is about, or the first whose processes were watched; null if nothing was. */
export function serverOf(run: Watched): ServerTimeline | null {
  return processServers(run)[0] ?? run.servers[0] ?? null;
}

const noSamples: Samples = [];

/** Its samples; none if it was not watched. */
export function samplesOf(run: Watched): Samples {
  return serverOf(run)?.samples ?? noSamples;
}

/** What the runner's own monitor saw: of the machine that it shares with the generator. */
export function samplesHere({ servers }: Watched): Samples {
  return servers.find(({ clock }) => clock.source === 'own')?.samples ?? noSamples;
}

/** What the machine of a monitor is called, apart from those of all other monitors; null if there is no other. */
export function hostOf({ servers }: Watched, { id, identity }: ServerTimeline): string | null {
  if (servers.length < 2) return null;
  const { host } = identity;
  const isShared = servers.filter((other) => other.identity.host === host).length > 1;
  return host === undefined ? id : isShared ? `${host} (${id})` : host;
}

/** The run as the one server shows it. What the runner did to its own server, by --exec or a restart, it did to no other. */
export function viewOf(run: Run, server: ServerTimeline): Run {
  if (server.clock.source === 'own') return { ...run, servers: [server] };
  const { exec: _, ...manifest } = run.manifest;
  return { ...run, servers: [server], manifest: { ...manifest, restart: null } };
}
