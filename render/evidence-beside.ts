import type { Finding, Gap } from '../contract/report/report.ts';

/** The evidence of a finding where the gaps are listed, too: what is missing is then told there, once for all criteria. */
export function evidenceBeside({ evidence }: Pick<Finding, 'evidence'>, gaps: readonly Gap[]): readonly string[] {
  const told = new Set(gaps.map(({ file, problem }) => `${file}: ${problem}`));
  return evidence.filter((text) => !told.has(text));
}
