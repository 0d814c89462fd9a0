import { inImage } from './image.ts';
import { mergedPod, type PodFragment } from './pod-fragment.ts';
import { containerSecurity, podSecurity } from './pod-security.ts';
import { runLabel, spreadOverNodes } from './spread.ts';

// The generators of a run as an Indexed Job: nothing of it needs to be installed in the cluster.

export interface JobSettings {
  readonly name: string;
  readonly generators: number;
  readonly image: string;
  readonly cpu: string;
  readonly memory: string;
  /** Null: the journal's volume ends with the pod. */
  readonly journalClaim: string | null;
  /** Keys of the Secret: names of variables. */
  readonly secretKeys: readonly string[];
  /** Of these the variable holds the path; of the others it is NAME_FILE. */
  readonly fileKeys: readonly string[];
  /** Neither a secret. */
  readonly variables: Readonly<Record<string, string>>;
  /** Where each agent listens: on a port of its own, for pods in the node's network share its ports. */
  readonly firstPort: number;
  readonly deadlineSeconds: number;
  readonly fragment: PodFragment;
}

export const containerName = 'generator';
/** After its end the Job is there to be looked at, if the runner could not delete it. */
const keptSeconds = 600;

export const agentPort = ({ firstPort }: Pick<JobSettings, 'firstPort'>, index: number): number => firstPort + index;

/** Made suspended: no pod starts before its Secret is there. */
export function jobManifest(settings: JobSettings) {
  const { name, generators, deadlineSeconds } = settings;
  const labels = {
    'app.kubernetes.io/name': 'webhook-stress',
    'app.kubernetes.io/component': 'generator',
    [runLabel]: name,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels },
    spec: {
      suspend: true,
      completionMode: 'Indexed',
      completions: generators,
      parallelism: generators,
      // A generator that died is not started anew: it would begin in the middle of a scenario. The others go on.
      backoffLimitPerIndex: 0,
      maxFailedIndexes: generators,
      activeDeadlineSeconds: deadlineSeconds,
      ttlSecondsAfterFinished: keptSeconds,
      template: { metadata: { labels }, spec: mergedPod(podSpec(settings), settings.fragment) },
    },
  };
}

function podSpec(settings: JobSettings) {
  const { name, image, cpu, memory, journalClaim } = settings;
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    // Longer than k6 takes to end and the runner to fetch what it wrote.
    terminationGracePeriodSeconds: 30,
    affinity: spreadOverNodes(name),
    securityContext: podSecurity,
    containers: [
      {
        name: containerName,
        image,
        // $(…) is what the kubelet fills in; the shell adds, for Kubernetes cannot.
        command: ['/bin/sh', '-c'],
        args: [startAgent(settings)],
        env: environmentOf(settings),
        resources: { requests: { cpu, memory }, limits: { memory } },
        securityContext: containerSecurity,
        volumeMounts: [
          { name: 'tmp', mountPath: '/tmp' },
          { name: 'journal', mountPath: inImage.journal },
          { name: 'secrets', mountPath: inImage.secrets, readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: 'tmp', emptyDir: {} },
      journalClaim === null
        ? { name: 'journal', emptyDir: {} }
        : { name: 'journal', persistentVolumeClaim: { claimName: journalClaim } },
      { name: 'secrets', secret: { secretName: name, defaultMode: 0o440 } },
    ],
  };
}

const startAgent = ({ firstPort }: JobSettings): string =>
  [
    'exec webhook-stress generator',
    '--id "k6-$((JOB_COMPLETION_INDEX + 1))"',
    `--listen "0.0.0.0:$((JOB_COMPLETION_INDEX + ${firstPort}))"`,
    `--dir ${inImage.journal}`,
  ].join(' ');

function environmentOf({ secretKeys, fileKeys, variables }: JobSettings) {
  const file = (key: string): string => `${inImage.secrets}/${key}`;
  return [
    ...Object.entries(variables).map(([name, value]) => ({ name, value })),
    ...secretKeys.map((key) => ({ name: fileKeys.includes(key) ? key : `${key}_FILE`, value: file(key) })),
  ];
}

/** Deleted with its Job, at the latest. */
export function secretManifest(name: string, jobUid: string, data: Readonly<Record<string, string>>) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    immutable: true,
    metadata: {
      name,
      labels: { 'app.kubernetes.io/name': 'webhook-stress', [runLabel]: name },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid: jobUid }],
    },
    stringData: data,
  };
}
