// What the Pod Security Standard "restricted" demands.

/** Of the image: see deploy/kubernetes/Dockerfile. */
const imageUser = 65_532;

export const podSecurity = {
  runAsNonRoot: true,
  runAsUser: imageUser,
  runAsGroup: imageUser,
  // The journal's volume is theirs.
  fsGroup: imageUser,
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

export const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const;
