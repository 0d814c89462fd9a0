import { imageOption, namespaceOption, resourceOptions } from './kubernetes-options.ts';

const dayInSeconds = 86_400;

/** What `run` takes for generators on Kubernetes. */
export const kubernetesRunOptions = {
  on: {
    kind: 'choice',
    value: 'PLACE',
    choices: ['here', 'kubernetes'],
    default: 'here',
    meaning: 'where generators run: here, or as pods of a Kubernetes cluster (docs/kubernetes.md)',
  },
  kubeconfig: {
    kind: 'text',
    value: 'FILE',
    meaning:
      'kubeconfig of the cluster (default: KUBECONFIG, else ~/.kube/config, else the service account of this pod)',
  },
  context: { kind: 'text', value: 'NAME', meaning: 'context in it (default: its current one)' },
  namespace: namespaceOption,
  image: imageOption,
  ...resourceOptions,
  pod: {
    kind: 'text',
    value: 'FILE',
    meaning:
      'fields of a PodSpec that the generators get as well (YAML): nodeSelector, tolerations, imagePullSecrets, …',
  },
  'pods-within': {
    kind: 'number',
    value: 'SECONDS',
    default: 300,
    min: 1,
    max: dayInSeconds,
    meaning: 'how long pods may take to start, pulling the image included',
  },
} as const;
