/** The label that the pods of one run share. */
export const runLabel = 'webhook-stress/run';

/** Generators on one node share its CPU and its clock: the scheduler keeps them apart where it can. */
export const spreadOverNodes = (run: string) => ({
  podAntiAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        weight: 100,
        podAffinityTerm: {
          labelSelector: { matchLabels: { [runLabel]: run } },
          topologyKey: 'kubernetes.io/hostname',
        },
      },
    ],
  },
});
