import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  clockAnswer,
  generatorService,
  type HelloAnswer,
  targetAnswer,
} from '../../contract/journal/generator-service.ts';
import { generatorId } from '../../contract/journal/paths.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import type { Fleet } from '../run/generator.ts';
import { GeneratorClocks } from '../run/generator-clocks.ts';
import { Interrupted } from '../run/interrupt.ts';
import type { Session } from '../run/session.ts';
import { estimatedTotalSeconds } from '../run/settings.ts';
import { packageVersion } from '../version.ts';
import { ApiClient, Unreachable } from './api-client.ts';
import { GeneratorJob } from './generator-job.ts';
import { agentPort } from './job-manifest.ts';
import { clusterAccess } from './kubeconfig.ts';
import type { KubernetesSettings } from './kubernetes-settings.ts';
import { PodGenerator } from './pod-generator.ts';
import { PodLink } from './pod-link.ts';
import { podSecrets } from './pod-secrets.ts';
import type { Pod } from './pod-trouble.ts';

const firstPort = 6570;
/** Agents end k6 when they hear nothing for a minute. */
const heartbeatMs = 10_000;
const agentWithinMs = 30_000;
const leaveWithinMs = 2_000;
/** A Job ends by itself after thrice the time that the run should take, and an hour. */
const deadlineFactor = 3;
const deadlineExtraSeconds = 3600;

/** The generators of a run as pods. Throws an ExpectedError if they do not all start; nothing is left in the cluster then. */
export async function kubernetesFleet(session: Session, settings: KubernetesSettings): Promise<Fleet> {
  const api = new ApiClient(clusterAccess(settings.cluster, session.env), session.env);
  const token = randomBytes(32).toString('hex');
  const { data, files, plain } = podSecrets(session.env, token);
  const { image, cpu, memory, journalClaim, fragment } = settings;
  const jobSettings = {
    ...{ image, cpu, memory, journalClaim, fragment, firstPort },
    name: jobName(session.runId),
    generators: session.settings.generators,
    secretKeys: Object.keys(data),
    fileKeys: files,
    variables: plain,
    deadlineSeconds: Math.ceil(estimatedTotalSeconds(session.settings) * deadlineFactor) + deadlineExtraSeconds,
  };
  const job = new GeneratorJob(api, jobSettings);
  const { line, interrupt } = session;
  line.say(
    `starting ${jobSettings.generators} pods of job ${job.name} in ${api.access.context}, namespace ${api.access.namespace}`,
  );
  await job.create(data);
  try {
    const pods = await job.running({
      withinMs: settings.podsWithinMs,
      stop: interrupt.signal,
      say: (text) => line.say(text),
    });
    const linked = pods.map((pod, index) => {
      const place = { namespace: api.access.namespace, pod: pod.metadata.name, port: agentPort(jobSettings, index) };
      return { pod, id: generatorId(index + 1), link: new PodLink(api, place, token) };
    });
    return await fleetOf(session, { api, job, linked });
  } catch (error) {
    await job.remove();
    api.close();
    if (interrupt.requested) throw new Interrupted();
    throw error instanceof Unreachable ? new ExpectedError(`--on kubernetes: a pod was lost: ${error.message}`) : error;
  }
}

interface Linked {
  readonly pod: Pod;
  readonly id: string;
  readonly link: PodLink;
}

interface Opened {
  readonly api: ApiClient;
  readonly job: GeneratorJob;
  readonly linked: readonly Linked[];
}

async function fleetOf(session: Session, { api, job, linked }: Opened): Promise<Fleet> {
  const { line, folder, runId, manifest } = session;
  for (const { id, link } of linked) checkVersions(await firstHello(link), id);
  const clocks = await GeneratorClocks.begin(
    session,
    linked.map(({ id, link }) => ({ id, ask: clockOf(link) })),
  );
  const generators = await Promise.all(
    linked.map(async ({ pod, id, link }) => {
      const target = await targetOf(session, link, id);
      return new PodGenerator(id, link, {
        ...{ folder, runId, target },
        noteUnwritable: (path, refusal) => manifest.noteUnwritable(path, refusal),
        whyEnded: () => job.whyEnded(pod),
        clockAheadMs: () => {
          const latest = clocks.latest(id);
          return latest === null ? null : latest.aheadUs / 1000;
        },
      });
    }),
  );
  for (const { pod, id } of linked) line.say(`${id}: pod ${pod.metadata.name} on ${pod.spec.nodeName ?? 'some node'}`);
  // Whoever is lost shows where it is missed.
  const heartbeat = setInterval(() => {
    for (const { link } of linked) link.hello().catch(() => {});
  }, heartbeatMs);
  return {
    generators,
    isCoordinated: true,
    close: async () => {
      await clocks.end();
      clearInterval(heartbeat);
      const leave = { method: 'POST', path: generatorService.leave, timeoutMs: leaveWithinMs } as const;
      await Promise.all(linked.map(({ link }) => link.ask(leave).catch(() => {})));
      const left = await job.remove();
      if (left !== null) line.warn(`something may be left in the cluster: ${left}`);
      api.close();
    },
  };
}

/** A name for Kubernetes from the run's, and another one for each try. */
function jobName(runId: string): string {
  const readable = runId
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 30)
    .replace(/^-+|-+$/g, '');
  return `webhook-stress-${readable}-${randomBytes(3).toString('hex')}`;
}

/** A pod that runs may take a moment until it listens. */
async function firstHello(link: PodLink): Promise<HelloAnswer> {
  const endMs = performance.now() + agentWithinMs;
  for (;;) {
    try {
      return await link.hello();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      if (performance.now() > endMs)
        throw new ExpectedError(
          `--on kubernetes: pod ${link.place.pod}: ${error.message}; see kubectl logs ${link.place.pod}`,
        );
      await sleep(500);
    }
  }
}

function checkVersions({ versions, k6Build, id }: HelloAnswer, expected: string): void {
  if (id !== expected)
    throw new ExpectedError(`--on kubernetes: the pod of ${expected} calls itself ${id}: build --image anew`);
  if (versions.webhookStress !== packageVersion)
    throw new ExpectedError(
      `--on kubernetes: --image has webhook-stress ${versions.webhookStress}, and this is ${packageVersion}: build it anew from this version`,
    );
  if (k6Build === 'stock')
    throw new ExpectedError(
      '--on kubernetes: --image has a stock k6, which writes no journal: build it from deploy/kubernetes/Dockerfile',
    );
}

/** Each pod resolves the host, once, and refuses what nobody allowed. */
async function targetOf({ settings, baseUrl, line }: Session, link: PodLink, id: string) {
  const body = JSON.stringify({ baseUrl, allowHosts: settings.allowHosts });
  const request = { method: 'POST', path: generatorService.target, body } as const;
  const { address, hostIsAllowed, remark, problem } = await link.json(targetAnswer, request);
  if (problem !== null) throw new ExpectedError(`run: from ${id}: ${problem}`);
  if (remark !== null) line.say(`${id}: ${remark}`);
  return { STRESS_ADDRESS: address, STRESS_HOST_ALLOWED: hostIsAllowed ? 'on' : 'off' };
}

/** What a generator's clock says. */
const clockOf = (link: PodLink) => () => link.json(clockAnswer, { method: 'GET', path: generatorService.clock });
