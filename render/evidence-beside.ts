import type { Finding } from '../contract/report/report.ts';

/** The evidence of a finding where the gaps are listed, too: what is missing is then told there, once for all criteria. */
export function evidenceBeside({
  evidence,
  evidenceInGaps = [],
}: Pick<Finding, 'evidence' | 'evidenceInGaps'>): readonly string[] {
  return evidence.filter((_, place) => !evidenceInGaps.includes(place));
}
