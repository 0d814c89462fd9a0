/** What `kubernetes` and `run --on kubernetes` have in common. */

const label = /^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/;

export const namespaceOption = {
  kind: 'text',
  value: 'NAME',
  meaning: 'namespace (default: that of the context)',
  must: { match: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, be: 'up to 63 small letters, digits and dashes' },
} as const;

export const imageOption = {
  kind: 'text',
  value: 'IMAGE',
  default: 'webhook-stress:latest',
  meaning: 'image of the generators, built from deploy/kubernetes/Dockerfile',
  must: {
    match: /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,299}$/,
    be: 'the name of an image, such as registry.example/webhook-stress:1',
  },
} as const;

export const nameMust = { match: label, be: 'up to 50 small letters, digits and dashes' } as const;

/** Quantities of Kubernetes, as far as CPU and memory need them. */
const quantity = /^\d{1,9}(\.\d{1,3})?(m|[KMGT]i?)?$/;

export const resourceOptions = {
  cpu: {
    kind: 'text',
    value: 'CPUS',
    default: '1',
    meaning: 'CPU that each generator asks for; no CPU limit is set: a throttled generator would measure its own delay',
    must: { match: quantity, be: 'a number of CPUs, such as 2 or 500m' },
  },
  memory: {
    kind: 'text',
    value: 'BYTES',
    default: '1Gi',
    meaning: 'memory that each generator asks for, and its limit',
    must: { match: quantity, be: 'a quantity such as 512Mi or 2Gi' },
  },
  'journal-claim': {
    kind: 'text',
    value: 'NAME',
    meaning: 'PersistentVolumeClaim that the journals are written to',
    must: { match: /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, be: 'the name of a PersistentVolumeClaim' },
  },
} as const;
