import { unwritableFile } from '../monitor-voice.ts';
import { toldIn } from '../processes/told-line.ts';
import { fieldIn } from './k6-log.ts';

export interface RefusedFile {
  readonly path: string;
  /** What the system said: `no space left on device`. */
  readonly refusal: string;
}

/** How k6 itself says that the summary was refused: it has no field for that. What our output was refused stands in one. */
const refusals = [
  /error saving summary to '(?<path>.+?)' after \d+ bytes: (?:write .+?: )?(?<refusal>[^:"]+)/,
  /could not open '(?<path>.+?)': (?:open .+?: )?(?<refusal>[^:"]+)/,
];

/** The file that could not be written, by a line of k6's log; null in any other line. */
export function refusedFileIn(line: string): RefusedFile | null {
  if (!/level=error /.test(line)) return null;
  // Of k6/timeline/journal_file.go.
  const field = fieldIn(line, 'unwritable');
  if (field !== null) return toldIn(field, unwritableFile);
  for (const pattern of refusals) {
    const { path, refusal } = pattern.exec(line)?.groups ?? {};
    if (path !== undefined && refusal !== undefined) return { path, refusal: refusal.trim() };
  }
  return null;
}
