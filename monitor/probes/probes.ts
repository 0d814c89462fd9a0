import type { ProbeResult } from '../../contract/journal/journal.ts';
import { isDue } from '../schedule.ts';
import { probe } from './probe.ts';

export interface ProbeResults {
  readonly health: ProbeResult | null;
  readonly redis: ProbeResult | null;
  readonly database: ProbeResult | null;
}

/** Null: not probed. */
export type ProbePaths = { readonly [Name in keyof ProbeResults]: string | null };

/** Where it answers 404, /health is tried: only a path that was chosen is held to. */
export const healthPath = '/api/v1/monitoring/health';

const noResults: ProbeResults = { health: null, redis: null, database: null };

/** No more often than this, whatever the interval of the samples: probes are load, too. */
const minGapMs = 1000;

/**
 * Probes run beside the samples and never delay them. A result stands in the sample that is taken next after it came; samples
 * in between have null.
 */
export class Probes {
  private readonly baseUrl: string;
  private readonly token: string | null;
  private results = noResults;
  private running = false;
  private lastMs = Number.NEGATIVE_INFINITY;
  private readonly paths: ProbePaths;
  private healthPath: string | null;

  constructor(baseUrl: string, paths: ProbePaths, token: string | null) {
    this.baseUrl = baseUrl.replace(/\/+$/, '');
    this.paths = paths;
    this.healthPath = paths.health;
    this.token = token;
  }

  /** Results that came since the last call; starts the next round when it is due. */
  take(nowMs: number): ProbeResults {
    const taken = this.results;
    this.results = noResults;
    if (!this.running && isDue(nowMs - this.lastMs, minGapMs)) {
      this.lastMs = nowMs;
      this.running = true;
      this.round().then(
        (results) => {
          this.results = results;
          this.running = false;
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

  private async round(): Promise<ProbeResults> {
    const [health, redis, database] = await Promise.all([
      this.health(),
      this.ask(this.paths.redis),
      this.ask(this.paths.database),
    ]);
    return { health, redis, database };
  }

  private async ask(path: string | null): Promise<ProbeResult | null> {
    return path === null ? null : probe(this.baseUrl + path, this.token);
  }

  private async health(): Promise<ProbeResult | null> {
    const result = await this.ask(this.healthPath);
    if (result?.state !== 'unavailable' || this.healthPath !== healthPath) return result;
    this.healthPath = '/health';
    return this.ask(this.healthPath);
  }
}
