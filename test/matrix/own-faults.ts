/**
 * The tool's own fault matrix as data: what is broken, when, and what must come of it. test/e2e/own-faults.test.ts brings each
 * cell about; docs/own-faults.md is made from this table.
 */

export const killedParts = ['runner', 'k6', 'monitor', 'backend'] as const;
export type KilledPart = (typeof killedParts)[number];
export const killMoments = ['start', 'load', 'read-back', 'report'] as const;
export type KillMoment = (typeof killMoments)[number];

export interface Outcome {
  /** Exit code of the run; of `webhook-stress report` on what is left if the runner was killed. Null: there is nothing to end. */
  readonly exit: number | null;
  readonly words: string;
}

const hasEnded: Outcome = { exit: null, words: 'it has ended by then' };

/** SIGKILL of each part at each moment. In no cell does a process of the run survive. */
export const kills: Readonly<Record<KilledPart, Readonly<Record<KillMoment, Outcome>>>> = {
  runner: {
    start: { exit: 3, words: 'the journal can be reported: nothing was started' },
    load: { exit: 3, words: 'the journal can be reported: what was measured stays, the runner did not end' },
    'read-back': { exit: 3, words: 'the journal can be reported: exactly-once is inconclusive' },
    report: { exit: 0, words: 'no torn output; the report can be made again in full' },
  },
  k6: {
    start: { exit: 3, words: 'a gap names k6 and the signal' },
    load: { exit: 3, words: 'what was measured stays; a gap names k6 and the signal' },
    'read-back': hasEnded,
    report: hasEnded,
  },
  monitor: {
    start: { exit: 3, words: 'process-based criteria are inconclusive' },
    load: { exit: 3, words: 'process-based criteria are inconclusive, the others stand' },
    'read-back': { exit: 3, words: 'process-based criteria are inconclusive, the others stand' },
    report: hasEnded,
  },
  backend: {
    start: { exit: 2, words: 'nothing was sent; one line says that the backend did not start' },
    load: { exit: 1, words: 'the server was lost: worker-crashes fails' },
    'read-back': { exit: 1, words: 'the server was lost: worker-crashes fails' },
    report: hasEnded,
  },
};

const withoutReportJson: Outcome = {
  exit: 3,
  words: 'the terminal shows the report and names the file; report.json is not written',
};

/** The same where `webhook-stress report` makes the report again: the name of this file holds the time of the run. */
export const fullHealthReport: Outcome = withoutReportJson;

/**
 * ENOSPC in files that a run writes, each on a full device: never a verdict on the server. Paths are of a run of the scenario
 * burst. k6's ledger and timeline are below: it refuses a file that exists, so a device cannot stand in for them. Nor can it for k6's
 * summary, which the report would read without end; the summary is refused with the others where a folder fills up.
 */
export const fullDisk: Readonly<Record<string, Outcome>> = {
  'run.json': { exit: 3, words: 'the report is made of what the runner has in memory, and names the file' },
  'effects/burst.ndjson': { exit: 3, words: 'exactly-once is inconclusive; the report names the file' },
  'monitors/local.ndjson': { exit: 3, words: 'the load goes on; the report names the file' },
  'backend.log': { exit: 3, words: 'the embedded backend serves on; the report names the file' },
  'monitor.log': { exit: 3, words: 'the monitor goes on; the report names the file' },
  'report.html': withoutReportJson,
  'report.md': withoutReportJson,
  'junit.xml': withoutReportJson,
  'report.json': { exit: 3, words: 'the terminal shows the report and names the file' },
};

/** ENOSPC in folders that a run writes, each on a small disk of its own. */
export const fullFolders = {
  'generators/ takes no further file when k6 starts': {
    exit: 3,
    words: 'nothing is sent and nothing passes; the report names the ledger',
  },
  'generators/ fills up under load': {
    exit: 3,
    words: 'k6 ends the load; what was measured before stays; the report names the ledger or the timeline',
  },
  'the reports folder fills up under load': {
    exit: 3,
    words:
      'the terminal shows the report and names the files; made again with room, the report accuses and passes nothing',
  },
  'the reports folder has no room when the run starts': {
    exit: 2,
    words: 'one line names --reports, and nothing is sent',
  },
} as const satisfies Readonly<Record<string, Outcome>>;
export type FullFolder = keyof typeof fullFolders;

/** Cells that other tests hold. */
const elsewhere: readonly (readonly [string, string, string])[] = [
  [
    'each NDJSON file of a recorded journal cut at any byte, or of another run',
    'a gap names the file; what rests on it does not pass; no healthy server is accused',
    'test/unit/journal-damage.test.ts',
  ],
  [
    "no space left for k6's log",
    'it is told once, and nothing more is written to it; the load goes on',
    'test/unit/k6-process.test.ts',
  ],
  ['run.json cut at any byte', 'exit 2: one line that names the folder', 'test/unit/journal-damage.test.ts'],
  [
    'a clock is set by ±1 h in mid-run',
    "the generator's: the same statuses; the server's: no healthy server is accused",
    'test/unit/journal-damage.test.ts',
  ],
  ['runs of days', 'read, judged and rendered in bounded memory', 'test/unit/long-runs.test.ts'],
  [
    'hostile strings in what the server answers',
    'shown as text in HTML, terminal, Markdown and XML',
    'test/unit/render-text.test.ts, test/integration/render-page.test.ts',
  ],
  [
    'canary secrets',
    'in no artifact, no output and no argument list',
    'test/e2e/stress-alone.test.ts, test/e2e/profile-requests.test.ts',
  ],
  [
    'Ctrl-C, SIGTERM, SIGHUP at the start, under load, in a pause and during read-back',
    'exit 130 with a partial report within 15 s; at once the second time',
    'test/e2e/interrupts.test.ts',
  ],
  [
    'Ctrl-C, SIGTERM, SIGHUP before the run has a folder',
    'exit 130 with one line that says that nothing was sent; nothing is left behind',
    'test/e2e/early-interrupts.test.ts',
  ],
  [
    'Ctrl-C, SIGTERM while the report is written',
    'exit 130 with the whole report, or without report.json if it is not done within 14 s; at once the second time. Where the disk does not answer at all, the run ends by SIGINT',
    'test/e2e/interrupts.test.ts',
  ],
  [
    'nobody reads stdout and stderr any more (`| head -1`)',
    'the run goes on to its report',
    'test/e2e/own-faults.test.ts',
  ],
  [
    'a reports folder that cannot be written',
    'exit 2: one line that names --reports, and nothing is sent',
    'test/e2e/reports-folder.test.ts',
  ],
  [
    'variables and files of the user for k6, Go, Node or a proxy',
    'the same is sent and recorded; each variable is named once as ignored',
    'test/e2e/environment.test.ts',
  ],
  [
    'a bug in webhook-stress, in any thread, timer or module',
    'exit 70 with its stack and without secrets',
    'test/integration/bugs.test.ts, test/unit/exit-code.test.ts',
  ],
];

const exitWords = ({ exit, words }: Outcome): string => (exit === null ? words : `exit ${exit}: ${words}`);

/** docs/own-faults.md. */
export function ownFaultsPage(): string {
  const table = (outcomes: Readonly<Record<string, Outcome>>): string =>
    Object.entries(outcomes)
      .map(([name, outcome]) => `| ${/^\S*[/.]\S*$/.test(name) ? `\`${name}\`` : name} | ${exitWords(outcome)} |`)
      .join('\n');
  return `# Faults of the tool itself

What must come of it when a part of webhook-stress breaks. \`test/e2e/own-faults.test.ts\` brings each cell about. This page is
generated from \`test/matrix/own-faults.ts\` by \`node --import tsx test/write-golden.ts\`.

## SIGKILL of a part

No process of the run survives in any cell. After a kill of the runner the exit code is that of \`webhook-stress report\`.

| part | at the start | under load | during read-back | while the report is written |
| --- | --- | --- | --- | --- |
${killedParts.map((part) => `| ${part} | ${killMoments.map((moment) => exitWords(kills[part][moment])).join(' | ')} |`).join('\n')}

## No space left on the disk

A full disk is not the server's fault: nothing passes and nothing fails by it. What was measured before stays.

| file | required outcome |
| --- | --- |
${table({ ...fullDisk, 'server_health_report_….json': fullHealthReport })}

| folder | required outcome |
| --- | --- |
${table(fullFolders)}

## Held by other tests

| fault | required outcome | tests |
| --- | --- | --- |
${elsewhere.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
}
