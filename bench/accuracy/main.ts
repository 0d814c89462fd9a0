import { parseArgs } from 'node:util';
import { writeAccuracyPage } from './page.ts';
import { ruleDigest } from './results.ts';
import { runRealPrograms } from './run-real-programs.ts';
import { runSimulated } from './run-simulated.ts';

// `make accuracy`: every simulated shape and every run of a real program that bench/results/ does not hold yet, then the page. What another rule judged is judged anew.
//
//   node --import tsx bench/accuracy/main.ts [--only simulated|real|page] [--repeats 2] [--most N] [--program WORD]

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    repeats: { type: 'string', default: '2' },
    most: { type: 'string', default: '1000000' },
    program: { type: 'string', default: '' },
  },
});

const rule = ruleDigest();
const isAsked = (part: string): boolean => values.only === '' || values.only === part;
if (isAsked('simulated')) runSimulated(rule);
if (isAsked('real')) {
  await runRealPrograms(rule, {
    repeats: Number(values.repeats),
    most: Number(values.most),
    word: values.program,
  });
}
writeAccuracyPage();
