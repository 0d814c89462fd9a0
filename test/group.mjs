// node test/group.mjs NAME RESULTS FILES_AT_A_TIME FILE…: runs test files, a process each, and writes RESULTS/NAME.ndjson. Ends when they
// have: `node --test` itself waits for ever for a process that its time limit did not end, or that a test left holding the output.
import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec as Spec } from 'node:test/reporters';
import timing from './timing-reporter.mjs';

/** A group that is nice to others may have to wait for them. */
const fileLimitMs = getPriority() > 0 ? 1_800_000 : 600_000;

const [name, results, filesAtATime, ...files] = process.argv.slice(2);
const tests = run({ files, concurrency: Number(filesAtATime), timeout: fileLimitMs });
let failed = false;
tests.on('test:fail', ({ skip, todo }) => {
  failed ||= skip === undefined && todo === undefined;
});
const written = tests.compose(timing).pipe(createWriteStream(join(results, `${name}.ndjson`)));
const printed = tests.compose(new Spec());
printed.pipe(process.stdout);
await Promise.all([finished(written), finished(printed)]);

endWhatIsLeft();
process.exitCode = failed ? 1 : 0;
process.stdout.write('', () => process.exit());

/** Names and kills what outlived its time limit. */
function endWhatIsLeft() {
  const lines = execFileSync('ps', ['-A', '-o', 'ppid=,pid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  for (const line of lines) {
    const [parent, pid, state = '', ...command] = line.trim().split(/\s+/);
    if (Number(parent) !== process.pid || state.startsWith('Z') || command[0] === 'ps') continue;
    console.log(`${name}: killed, for it did not end: ${command.join(' ')}`);
    failed = true;
    process.kill(Number(pid), 'SIGKILL');
  }
}
