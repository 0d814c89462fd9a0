import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { type ApiClient, Refused, Unreachable } from './api-client.ts';
import { type JobSettings, jobManifest, secretManifest } from './job-manifest.ts';
import { indexOf, type Pod, podList, podSchema, whyEnded, whyNotRunning } from './pod-trouble.ts';
import { runLabel } from './spread.ts';

const job = z.object({ metadata: z.object({ uid: z.string() }) });
const anything = z.unknown();
const pollMs = 500;

export interface WaitOptions {
  readonly withinMs: number;
  readonly stop: AbortSignal;
  /** Takes what pods wait for, whenever that is something else. */
  say(line: string): void;
}

/** The Job, the Secret and the pods of one run. */
export class GeneratorJob {
  readonly name: string;
  readonly #api: ApiClient;
  readonly #settings: JobSettings;
  readonly #place: string;

  constructor(api: ApiClient, settings: JobSettings) {
    this.name = settings.name;
    this.#api = api;
    this.#settings = settings;
    this.#place = `namespaces/${api.access.namespace}`;
  }

  /** Throws an ExpectedError in words of the API server's; nothing is left behind then. */
  async create(secrets: Readonly<Record<string, string>>): Promise<void> {
    const jobs = `/apis/batch/v1/${this.#place}/jobs`;
    try {
      const made = await this.#send('POST', jobs, jobManifest(this.#settings), job);
      const secret = secretManifest(this.name, made.metadata.uid, secrets);
      await this.#send('POST', `/api/v1/${this.#place}/secrets`, secret, anything);
      await this.#send('PATCH', `${jobs}/${this.name}`, { spec: { suspend: false } }, anything);
    } catch (error) {
      const { context, server } = this.#api.access;
      if (error instanceof Unreachable)
        throw new ExpectedError(`--on kubernetes: the API server of ${context} (${server}): ${error.message}`);
      if (!(error instanceof Refused)) throw error;
      await this.remove();
      throw new ExpectedError(`--on kubernetes: ${context} refuses the generators: ${error.message}${remedyOf(error)}`);
    }
  }

  #send<T>(method: 'POST' | 'PATCH', path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    const headers = method === 'PATCH' ? { 'Content-Type': 'application/merge-patch+json' } : {};
    // A field that the API server does not know is an error, not left out in silence.
    return this.#api.json(schema, {
      method,
      path: `${path}?fieldValidation=Strict`,
      body: JSON.stringify(body),
      headers,
    });
  }

  /** The pods by index, when all of them run. Throws an ExpectedError that says which does not, and why. */
  async running({ withinMs, stop, say }: WaitOptions): Promise<readonly Pod[]> {
    const endMs = performance.now() + withinMs;
    let told = '';
    for (;;) {
      const pods = await this.#pods();
      const byIndex = Array.from({ length: this.#settings.generators }, (_, n) =>
        pods.find((pod) => indexOf(pod) === n),
      );
      const up = byIndex.flatMap((pod) =>
        pod?.status.phase === 'Running' && whyNotRunning(pod) === null ? [pod] : [],
      );
      if (up.length === this.#settings.generators) return up;
      const troubles = pods.flatMap((pod) => {
        const trouble = whyNotRunning(pod);
        return trouble === null ? [] : [{ ...trouble, text: `pod ${pod.metadata.name}: ${trouble.text}` }];
      });
      const [first] = troubles.toSorted((a, b) => Number(b.isFinal) - Number(a.isFinal));
      if (first?.isFinal === true) throw new ExpectedError(`--on kubernetes: ${first.text}`);
      if (performance.now() >= endMs) {
        const why =
          first?.text ??
          `${pods.length} of ${this.#settings.generators} pods were made: see kubectl describe job ${this.name}`;
        throw new ExpectedError(`--on kubernetes: after ${withinMs / 1000} s (--pods-within) ${why}`);
      }
      if (first !== undefined && first.text !== told) say(first.text);
      told = first?.text ?? told;
      await sleep(pollMs, undefined, { signal: stop });
    }
  }

  async #pods(): Promise<readonly Pod[]> {
    const query = `labelSelector=${encodeURIComponent(`${runLabel}=${this.name}`)}`;
    try {
      return (await this.#api.json(podList, { method: 'GET', path: `/api/v1/${this.#place}/pods?${query}` })).items;
    } catch (error) {
      // A moment's absence of the API server is waited for.
      if (error instanceof Unreachable) return [];
      if (error instanceof Refused) throw new ExpectedError(`--on kubernetes: ${error.message}${remedyOf(error)}`);
      throw error;
    }
  }

  /** Why a pod has ended; null if it has not, or nobody knows. */
  async whyEnded(pod: Pod): Promise<string | null> {
    try {
      const path = `/api/v1/${this.#place}/pods/${pod.metadata.name}`;
      const now = await this.#api.json(podSchema, { method: 'GET', path });
      return now.metadata.uid === pod.metadata.uid ? whyEnded(now) : 'it was deleted';
    } catch (error) {
      if (error instanceof Unreachable) return null;
      if (!(error instanceof Refused)) throw error;
      return error.status === 404 ? 'it was deleted' : null;
    }
  }

  /** The Secret at once, then the Job with its pods. In words what may be left; null if nothing is. */
  async remove(): Promise<string | null> {
    const problems: string[] = [];
    for (const path of [
      `/api/v1/${this.#place}/secrets/${this.name}`,
      `/apis/batch/v1/${this.#place}/jobs/${this.name}`,
    ]) {
      try {
        await this.#api.json(anything, {
          method: 'DELETE',
          path,
          body: JSON.stringify({ propagationPolicy: 'Background' }),
        });
      } catch (error) {
        if (error instanceof Refused && error.status === 404) continue;
        if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
        problems.push(error.message);
      }
    }
    if (problems.length === 0) return null;
    return `${problems.join('; ')}: delete them with kubectl -n ${this.#api.access.namespace} delete job,secret ${this.name}`;
  }
}

const remedyOf = ({ status }: Refused): string =>
  status === 403 || status === 401 ? '; deploy/kubernetes/role.yaml lists what the runner needs' : '';
