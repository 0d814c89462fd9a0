// Starts BENCH_VUS VUs that load the bundle of sustained and send nothing. bench/k6-sender.ts runs it.
import { options as ofBundle } from '../dist/sustained.js';

export const options = {
  ...ofBundle,
  thresholds: {},
  scenarios: { start: { executor: 'per-vu-iterations', vus: Number(__ENV.BENCH_VUS), iterations: 1 } },
};

export default function () {}
