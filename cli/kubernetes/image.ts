/** Where the image of deploy/kubernetes/Dockerfile has what pods need. */
export const inImage = {
  script: (scenario: string) => `/opt/webhook-stress/dist/${scenario}.js`,
  /** Writable: the journal's volume. */
  journal: '/journal',
  /** Files of the run's Secret. */
  secrets: '/secrets',
} as const;
