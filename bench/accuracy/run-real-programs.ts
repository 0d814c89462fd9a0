import { seeded } from '../../test/fixtures/random.ts';
import { bandOf, isWrong } from './confusion.ts';
import { type RealProgram, realPrograms } from './real-programs.ts';
import { machineInWords, noteResult, type RealResult, readResults, replaceResults } from './results.ts';
import { buildPrograms, type JudgedProgram, judgedAgain, runProgram } from './run-program.ts';

const atOnce = 2;

export interface Wanted {
  readonly repeats: number;
  readonly most: number;
  readonly word: string;
}

interface Run {
  readonly of: RealProgram;
  readonly repeat: number;
}

const isOf =
  ({ of, repeat }: Run) =>
  (result: RealResult): boolean =>
    result.program === of.program &&
    result.variant === of.variant &&
    result.bytesPerRequest === of.bytesPerRequest &&
    result.repeat === repeat;

/** Every run that this rule has not judged yet, two at a time; a journal that is still there is judged again instead. */
export async function runRealPrograms(rule: string, { repeats, most, word }: Wanted): Promise<void> {
  const missing = buildPrograms();
  for (const [language, need] of missing) process.stderr.write(`${language} is left out: install ${need}\n`);
  judgeAgain(rule);
  const done = readResults('real').filter((result) => result.rule === rule);
  const open = inMixedOrder(repeats)
    .filter(({ of }) => !missing.has(of.language) && `${of.program} ${of.variant}`.includes(word))
    .filter((run) => !done.some(isOf(run)))
    .slice(0, most);
  const one = async (): Promise<void> => {
    for (let run = open.shift(); run !== undefined; run = open.shift()) {
      try {
        note(run, rule, await runProgram(run.of, run.repeat));
      } catch (error) {
        process.stderr.write(`${run.of.program}, ${run.of.variant}: no result: ${String(error)}\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

/** Whatever is there when the bench is stopped is a fair part of all. */
function inMixedOrder(repeats: number): Run[] {
  const random = seeded(14);
  return Array.from({ length: repeats }, (_, n) => n + 1).flatMap((repeat) =>
    realPrograms
      .map((of) => ({ of, repeat, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ of }) => ({ of, repeat })),
  );
}

function note({ of, repeat }: Run, rule: string, judged: JudgedProgram): void {
  const { program, variant, truth, bytesPerRequest } = of;
  const when = { at: new Date().toISOString(), machine: machineInWords(), rule };
  noteResult({ kind: 'real', ...when, program, variant, repeat, truth, bytesPerRequest, ...judged });
  const wrong = isWrong(bandOf(truth, bytesPerRequest, judged.smallestVisible), judged.verdict);
  process.stdout.write(
    `${wrong ? 'WRONG' : 'as deserved'}: ${program}, ${variant}, ${bytesPerRequest}: ${judged.verdict}: ${judged.summary}\n`,
  );
}

/** A program that is no more leaves nothing to judge. Where the journal is not there, what another rule said stays until the program ran again. */
function judgeAgain(rule: string): void {
  const results = readResults('real').flatMap((result) => {
    const of = realPrograms.find((program) => isOf({ of: program, repeat: result.repeat })(result));
    if (of === undefined) return [];
    const judged = result.rule === rule ? null : judgedAgain(of, result.repeat);
    return [judged === null ? result : { ...result, ...judged, rule }];
  });
  replaceResults('real', results);
}
