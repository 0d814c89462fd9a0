export interface RefusedFile {
  readonly path: string;
  /** What the system said: `no space left on device`. */
  readonly refusal: string;
}

/** How k6 says that a file was refused: our output of the journal's files, and k6 itself of the summary. */
const refusals = [
  /msg="?timeline output: (?:writing|open) (?<path>.+?): (?:write .+?: )?(?<refusal>[^:"]+)/,
  /error saving summary to '(?<path>.+?)' after \d+ bytes: (?:write .+?: )?(?<refusal>[^:"]+)/,
  /could not open '(?<path>.+?)': (?:open .+?: )?(?<refusal>[^:"]+)/,
];

/** The file that could not be written, by a line of k6's log; null in any other line. */
export function refusedFileIn(line: string): RefusedFile | null {
  if (!/level=error /.test(line)) return null;
  for (const pattern of refusals) {
    const { path, refusal } = pattern.exec(line)?.groups ?? {};
    if (path !== undefined && refusal !== undefined) return { path, refusal: refusal.trim() };
  }
  return null;
}
