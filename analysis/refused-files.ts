import type { Manifest } from '../contract/journal/journal.ts';
import { exitCodes } from '../contract/report/criteria.ts';
import type { Report } from '../contract/report/report.ts';

type Folded = Pick<Report, 'verdict' | 'exitCode' | 'headline'>;

/**
 * The verdict of a run in which the disk refused a file: what was proven wrong stands, and nothing passes. That the disk is
 * full says nothing on the server.
 */
export function withRefusedFiles(folded: Folded, { unwritable = [] }: Manifest): Folded {
  const [first] = unwritable;
  if (first === undefined || (folded.verdict !== 'pass' && folded.verdict !== 'warn')) return folded;
  return {
    verdict: 'inconclusive',
    exitCode: folded.exitCode === exitCodes.interrupted ? exitCodes.interrupted : exitCodes.inconclusive,
    headline: `No verdict: ${first.file} could not be written (${first.refusal}). Make room and run again.`,
  };
}
