import { modelOf } from '../interpret/kinds/models.ts';
import { type LimiterEvidence, steadilyAdmitted } from './limiter-evidence.ts';
import type { LimiterFault } from './named-fault.ts';

/** Whether so many times the limit may be that of workers that each count by themselves. */
export const isServedBySeveral = ({ servingProcesses }: LimiterEvidence, times: number): boolean =>
  servingProcesses !== null && servingProcesses > 1 && times <= servingProcesses;

/** A bucket that is larger than declared is seldom full again before the next burst: what it lets through scatters. */
export const orLargerBucket = ({ limiter }: LimiterEvidence): string =>
  modelOf(limiter).isBucket ? ', or of a larger bucket' : '';

/** A server of one process has no workers that each count by themselves. */
export function stateApart(evidence: LimiterEvidence): {
  readonly state: string;
  readonly fault: LimiterFault;
  readonly orLarger: string;
} {
  if (evidence.servingProcesses !== 1) {
    return { state: 'state per worker', fault: 'state per worker', orLarger: orLargerBucket(evidence) };
  }
  const larger = modelOf(evidence.limiter).isBucket ? 'bucket' : 'limit';
  return {
    state: 'state per thread or per instance',
    fault: 'state per thread',
    orLarger: `, or of a larger ${larger}`,
  };
}

/** As behind a race, which lets bursts through; or behind several workers, if few connections carry the steady rate. */
export function keepsSteadily(evidence: LimiterEvidence): boolean {
  const worth = steadilyAdmitted(evidence);
  return worth !== null && worth <= 1.15;
}

/** Whether counts that are kept apart may admit so many times the limit: by workers, or by threads or instances of one process. */
export const mayCountApart = (evidence: LimiterEvidence, times: number): boolean =>
  (evidence.servingProcesses === null || evidence.servingProcesses === 1 || isServedBySeveral(evidence, times)) &&
  !keepsSteadily(evidence);
