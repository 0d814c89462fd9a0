import type { kubernetesRunOptions } from '../options/kubernetes-run.ts';
import type { Values } from '../options/option.ts';
import type { AskedCluster } from './kubeconfig.ts';
import { type PodFragment, readPodFragment } from './pod-fragment.ts';

/** Where and how the generators of a run are started as pods. */
export interface KubernetesSettings {
  readonly cluster: AskedCluster;
  readonly image: string;
  readonly cpu: string;
  readonly memory: string;
  readonly journalClaim: string | null;
  readonly fragment: PodFragment;
  readonly podsWithinMs: number;
}

type Given = Values<typeof kubernetesRunOptions> & {
  readonly exec: string | null;
  readonly 'restart-after': number | null;
};

/** Null without --on kubernetes. */
export async function kubernetesSettings(values: Given, command: string, hasBaseUrl: boolean) {
  if (values.on === 'here') {
    const given = (['kubeconfig', 'context', 'namespace', 'journal-claim', 'pod'] as const).filter(
      (name) => values[name] !== null,
    );
    const problems = given.map((name) => `--${name} is for --on kubernetes: add that`);
    return { kubernetes: null, problems };
  }
  const { fragment, problem } = await readPodFragment(values.pod);
  const problems = [
    ...(problem === null ? [] : [problem]),
    ...(command === 'run' ? [] : [`--on kubernetes is for run: ${command} asks from this machine`]),
    ...(hasBaseUrl
      ? []
      : ['--on kubernetes needs BASE_URL: the server as pods reach it, such as http://app.default.svc:8000']),
    ...(values.exec !== null
      ? ['--exec starts a server on this machine, and --on kubernetes loads from pods: leave one out']
      : []),
    ...(values['restart-after'] !== null
      ? ['--restart-after restarts the embedded backend: leave out --on kubernetes']
      : []),
  ];
  const kubernetes: KubernetesSettings = {
    cluster: { file: values.kubeconfig, context: values.context, namespace: values.namespace },
    ...{ image: values.image, cpu: values.cpu, memory: values.memory, fragment },
    journalClaim: values['journal-claim'],
    podsWithinMs: values['pods-within'] * 1000,
  };
  return { kubernetes, problems };
}
