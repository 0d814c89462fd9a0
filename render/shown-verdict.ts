import type { Report } from '../contract/report/report.ts';

/** The verdict as its headline and exit code have it: --strict makes a warning fail. */
export const shownVerdict = ({ verdict, strict, findings }: Report): Report['verdict'] =>
  strict && findings.some(({ status }) => status === 'warn') ? 'fail' : verdict;
