import { cases } from './cases.ts';

// One run of a case, in a process of its own, which may be another user's: prints what it counted.
//
//     node --import tsx bench/ends/one-run.ts NAME

const found = cases.find(({ name }) => name === process.argv[2]);
if (found === undefined) throw new Error(`no such case: give one of ${cases.map(({ name }) => name).join('; ')}`);
process.stdout.write(`${JSON.stringify(await found.run())}\n`);
process.exit(0);
