/** How many workers the embedded backend may have, whoever starts it. */
export const workerCount = { kind: 'number', value: 'N', default: 2, min: 1, max: 64 } as const;
