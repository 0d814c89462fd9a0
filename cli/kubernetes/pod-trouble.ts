import * as z from 'zod';

// What the status of a pod says of why it does not run, in words.

const terminated = z.object({
  exitCode: z.number(),
  signal: z.number().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

const containerStatus = z.object({
  name: z.string(),
  state: z
    .object({
      waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
      running: z.object({}).optional(),
      terminated: terminated.optional(),
    })
    .optional(),
});

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

export const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    annotations: z.record(z.string(), z.string()).optional(),
    labels: z.record(z.string(), z.string()).optional(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({
    phase: z.string().optional(),
    reason: z.string().optional(),
    message: z.string().optional(),
    conditions: z.array(condition).optional(),
    containerStatuses: z.array(containerStatus).optional(),
    initContainerStatuses: z.array(containerStatus).optional(),
  }),
});
export type Pod = Readonly<z.infer<typeof podSchema>>;

export const podList = z.object({ items: z.array(podSchema) });

/** From 0 on; null for a pod of something else. */
export function indexOf({ metadata: { annotations, labels } }: Pod): number | null {
  const key = 'batch.kubernetes.io/job-completion-index';
  const text = annotations?.[key] ?? labels?.[key];
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : null;
}

/** What the container's end was for; those of Linux as a shell tells them. */
const signalBase = 128;

function remedyFor(reason: string): string {
  switch (reason) {
    case 'ErrImagePull':
    case 'ImagePullBackOff':
      return 'is --image right, and may the cluster pull it (imagePullSecrets in --pod)?';
    case 'ErrImageNeverPull':
      return 'the image must be on the node, for imagePullPolicy is Never';
    case 'InvalidImageName':
      return 'correct --image';
    case 'CreateContainerConfigError':
    case 'CreateContainerError':
    case 'RunContainerError':
      return 'see kubectl describe pod';
    default:
      return '';
  }
}

/** Waiting for what will not come by itself. */
const hopeless = [
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImagePullBackOff',
  'CreateContainerError',
  'RunContainerError',
];

export interface Trouble {
  readonly text: string;
  /** Whether waiting longer is in vain. */
  readonly isFinal: boolean;
}

/** Why a pod does not run yet; null if it runs, or nothing is known against it. */
export function whyNotRunning(pod: Pod): Trouble | null {
  const end = whyEnded(pod);
  if (end !== null) return { text: end, isFinal: true };
  const unscheduled = pod.status.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled !== undefined)
    return {
      text: `it finds no node (${unscheduled.reason ?? 'Unschedulable'}): ${oneLine(unscheduled.message ?? '')}; fewer --generators, less --cpu and --memory, or more nodes`,
      isFinal: false,
    };
  for (const { state } of statusesOf(pod)) {
    const { reason, message } = state?.waiting ?? {};
    if (reason === undefined || reason === 'ContainerCreating' || reason === 'PodInitializing') continue;
    const remedy = remedyFor(reason);
    return {
      text: `it does not start (${reason}): ${[oneLine(message ?? ''), remedy].filter((part) => part !== '').join('; ')}`,
      isFinal: hopeless.includes(reason),
    };
  }
  return null;
}

/** Why a pod has ended, or will at once; null if it has not. */
export function whyEnded(pod: Pod): string | null {
  const { phase, reason, message, conditions } = pod.status;
  const disrupted = conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');
  if (reason === 'Evicted')
    return `it was evicted: ${oneLine(message ?? '')}; ask for more by --memory, or give the node more room`;
  if (disrupted !== undefined)
    return `it was evicted (${disrupted.reason ?? 'DisruptionTarget'}): ${oneLine(disrupted.message ?? '')}`;
  for (const { name, state } of statusesOf(pod)) {
    const ended = state?.terminated;
    if (ended === undefined || (ended.exitCode === 0 && phase !== 'Failed')) continue;
    if (ended.reason === 'OOMKilled') return `it was killed for its memory (OOMKilled): raise --memory`;
    const how =
      ended.exitCode > signalBase
        ? `signal ${ended.signal ?? ended.exitCode - signalBase}`
        : `exit code ${ended.exitCode}`;
    const words = [ended.reason, oneLine(ended.message ?? '')].filter((part) => part !== undefined && part !== '');
    return `its container ${name} ended with ${how}${words.length === 0 ? '' : ` (${words.join(': ')})`}`;
  }
  if (phase === 'Failed') return `it failed${reason === undefined ? '' : ` (${reason})`}: ${oneLine(message ?? '')}`;
  if (pod.metadata.deletionTimestamp !== undefined) return 'it was deleted';
  return phase === 'Succeeded' ? 'it ended by itself' : null;
}

const statusesOf = ({ status }: Pod) => [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];

const maxLength = 300;

/** Whoever wrote it: one line, without control characters. */
function oneLine(text: string): string {
  const flat = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return flat.length > maxLength ? `${flat.slice(0, maxLength)}…` : flat;
}
