import type { Agent } from 'node:http';
import type { ProbeResult } from '../../contract/journal/journal.ts';
import { defaultMonitoringPaths } from '../../contract/profile/monitoring-paths.ts';
import { isDue } from '../schedule.ts';
import { pinnedAgent, type TlsTrust } from './pinned-agent.ts';
import { type Asked, askHealth, askStatistics } from './probe.ts';

export interface ProbeResults {
  readonly health: ProbeResult | null;
  readonly redis: ProbeResult | null;
  readonly database: ProbeResult | null;
}

/** Null: not probed. */
export type ProbePaths = { readonly [Name in keyof ProbeResults]: string | null };

export interface ProbeTarget {
  readonly baseUrl: string;
  readonly paths: ProbePaths;
  readonly token: string | null;
  /** The IP address to connect to; null: as the host resolves at the first probe. */
  readonly address: string | null;
  readonly trust: TlsTrust | null;
}

export const noProbes: ProbeResults = { health: null, redis: null, database: null };

/** No more often than this, whatever the interval of the samples: probes are load, too. */
const minGapMs = 1000;

/** Statistics that the server does not have (404) are looked for again after so long: each question costs it and fills its log. */
const askAbsentAgainMs = 30_000;

/**
 * Probes run beside the samples and never delay them. A result stands in the sample that is taken next after it came; samples
 * in between have null.
 */
export class Probes {
  readonly #baseUrl: string;
  readonly #token: string | null;
  readonly #paths: ProbePaths;
  readonly #agent: Agent;
  #results = noProbes;
  #running = false;
  #lastMs = Number.NEGATIVE_INFINITY;
  #healthPath: string | null;
  /** When the server last said that it has no such statistics. */
  readonly #absentAtMs = new Map<'redis' | 'database', number>();

  constructor({ baseUrl, paths, token, address, trust }: ProbeTarget) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
    this.#paths = paths;
    this.#healthPath = paths.health;
    this.#token = token;
    this.#agent = pinnedAgent(new URL(baseUrl), address, trust);
  }

  /** Results that came since the last call; starts the next round when it is due. */
  results(nowMs: number): ProbeResults {
    const taken = this.#results;
    this.#results = noProbes;
    if (!this.#running && isDue(nowMs - this.#lastMs, minGapMs)) {
      this.#lastMs = nowMs;
      this.#running = true;
      this.#round(nowMs).then(
        (results) => {
          this.#results = results;
          this.#running = false;
        },
        (error: unknown) => {
          // A bug in a probe must be seen, not lost in a promise that nobody awaits.
          queueMicrotask(() => {
            throw error;
          });
        },
      );
    }
    return taken;
  }

  async #round(nowMs: number): Promise<ProbeResults> {
    const [health, redis, database] = await Promise.all([
      this.#health(),
      this.#statistics('redis', nowMs),
      this.#statistics('database', nowMs),
    ]);
    return { health, redis, database };
  }

  #at(path: string): Asked {
    return { url: this.#baseUrl + path, token: this.#token, agent: this.#agent };
  }

  async #health(): Promise<ProbeResult | null> {
    if (this.#healthPath === null) return null;
    const result = await askHealth(this.#at(this.#healthPath));
    // Only a path that was chosen is held to.
    if (result.state !== 'unavailable' || this.#healthPath !== defaultMonitoringPaths.health) return result;
    this.#healthPath = '/health';
    return askHealth(this.#at(this.#healthPath));
  }

  async #statistics(name: 'redis' | 'database', nowMs: number): Promise<ProbeResult | null> {
    const path = this.#paths[name];
    const absentAtMs = this.#absentAtMs.get(name) ?? Number.NEGATIVE_INFINITY;
    if (path === null || !isDue(nowMs - absentAtMs, askAbsentAgainMs)) return null;
    const result = await askStatistics(this.#at(path));
    if (result.state === 'unavailable') this.#absentAtMs.set(name, nowMs);
    return result;
  }
}
