/**
 * A line on which no pipeline acts: GitHub and Azure take `##[…]` and `##vso[…]` anywhere in a line of a log, and GitHub `::…::` at
 * its start, for commands. What a server answers may stand in our lines.
 */
export function logLine(line: string): string {
  return line.replaceAll(/#(?=#\w*\[)/g, '# ').replace(/^(\s*):(?=:)/, '$1: ');
}
