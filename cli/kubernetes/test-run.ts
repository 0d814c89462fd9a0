import { inImage } from './image.ts';
import { containerSecurity, podSecurity } from './pod-security.ts';
import { runLabel, spreadOverNodes } from './spread.ts';

// What k6-operator is told: its CustomResourceDefinition is in test/fixtures/kubernetes/.

export interface TestRunSettings {
  readonly scenario: string;
  readonly name: string;
  readonly namespace: string | null;
  readonly runId: string;
  readonly image: string;
  readonly parallelism: number;
  /** Holds SCENARIO.js; null: the image does. */
  readonly configMap: string | null;
  /** Without secrets. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whose keys are the names below; null: there is none. */
  readonly secret: string | null;
  readonly secretNames: readonly string[];
  readonly cpu: string;
  readonly memory: string;
  readonly journalClaim: string | null;
  readonly separate: boolean;
  readonly cleanup: boolean;
}

const journalVolume = 'journal';
const temporaryVolume = 'tmp';

/** Where all runners write, each into a folder of its own. */
export const journalIn = (runId: string): string => `${inImage.journal}/${runId}/generators`;

export function testRun(settings: TestRunSettings) {
  const { scenario, name, namespace, parallelism, configMap, runId, journalClaim } = settings;
  const labels = { 'app.kubernetes.io/name': 'webhook-stress', [runLabel]: name };
  const file = `${scenario}.js`;
  return {
    apiVersion: 'k6.io/v1alpha1',
    kind: 'TestRun',
    metadata: { name, ...(namespace === null ? {} : { namespace }), labels },
    spec: {
      parallelism,
      script: configMap === null ? { localFile: inImage.script(scenario) } : { configMap: { name: configMap, file } },
      arguments: `--out timeline=${journalIn(runId)}`,
      ...(settings.separate ? { separate: true } : {}),
      ...(settings.cleanup ? { cleanup: 'post' } : {}),
      // It reads the script as the runners do, so it needs the same variables; the operator's own image has another k6.
      initializer: { ...podOf(settings), metadata: { labels: { 'app.kubernetes.io/name': 'webhook-stress' } } },
      runner: {
        ...podOf(settings),
        metadata: { labels },
        affinity: spreadOverNodes(name),
        resources: {
          requests: { cpu: settings.cpu, memory: settings.memory },
          limits: { memory: settings.memory },
        },
        volumes: [
          { name: temporaryVolume, emptyDir: {} },
          journalClaim === null
            ? { name: journalVolume, emptyDir: {} }
            : { name: journalVolume, persistentVolumeClaim: { claimName: journalClaim } },
        ],
        volumeMounts: [
          { name: temporaryVolume, mountPath: '/tmp' },
          { name: journalVolume, mountPath: inImage.journal },
        ],
      },
    },
  };
}

function podOf({ image, variables, secret, secretNames }: TestRunSettings) {
  const plain = Object.entries(variables).map(([name, value]) => ({ name, value }));
  const hidden =
    secret === null
      ? []
      : secretNames.map((key) => ({ name: key, valueFrom: { secretKeyRef: { name: secret, key, optional: true } } }));
  return {
    image,
    env: [...plain, ...hidden],
    // The operator has this one as a text.
    automountServiceAccountToken: 'false',
    securityContext: podSecurity,
    containerSecurityContext: containerSecurity,
    volumes: [{ name: temporaryVolume, emptyDir: {} }],
    volumeMounts: [{ name: temporaryVolume, mountPath: '/tmp' }],
  };
}
