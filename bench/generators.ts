import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { type Block, figuresOf } from './generators/figures.ts';
import { type Asked, type FigureName, figureNames, type Measured, measure, measured } from './generators/measure.ts';
import { type BenchServer, startBenchServer } from './generators/server.ts';
import { type Tool, tools } from './generators/tools.ts';
import { root } from './k6-run.ts';
import { writeResult } from './result-file.ts';

// What our bundle with all its evidence costs against a minimal k6 script, that script with `-o json`, autocannon, vegeta and wrk, on
// the same server, request and rate.
//
//   node --import tsx bench/generators.ts [--blocks 10] [--seconds 3] [--tools bundle,minimal,…] [--figures 1000/s,4000/s,…]
//
// A block runs each figure with all tools in order, then in reverse, so that a drift that is steady within it cancels (as A B B A
// does). Blocks are kept in .tools/bench-generators.ndjson, so a bench that was stopped goes on; FRESH=1 begins anew. --blocks is how
// many more; 0 only writes the result. A tool that is missing is left out and told.

const { values: options } = parseArgs({
  options: {
    blocks: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '3' },
    tools: { type: 'string', default: tools.map(({ name }) => name.replace(',', '')).join(',') },
    figures: { type: 'string', default: figureNames.join(',') },
  },
});
const kept = join(root, '.tools', 'bench-generators.ndjson');
if (process.env.FRESH) rmSync(kept, { force: true });

const say = (line: string): void => void process.stderr.write(`${line}\n`);

interface Found {
  readonly tool: Tool;
  readonly program: string;
}

function chosen<T extends string>(given: string, known: readonly T[], option: string): readonly T[] {
  return given.split(',').map((name) => {
    const fits = known.find((one) => one.replace(',', '') === name);
    if (fits === undefined) throw new Error(`--${option}: ${name} is none of ${known.join(', ')}`);
    return fits;
  });
}

function found(): readonly Found[] {
  const names = chosen(
    options.tools,
    tools.map(({ name }) => name),
    'tools',
  );
  return tools
    .filter(({ name }) => names.includes(name))
    .flatMap((tool) => {
      const program = tool.find(root);
      if (program === null) say(`${tool.name} is missing and left out; to install it: ${tool.install}`);
      return program === null ? [] : [{ tool, program }];
    });
}

/** A measurement that fails is told and left out: the others of its block still count. */
async function one(asked: Asked): Promise<Measured[]> {
  const { figure, tool } = asked;
  try {
    const result = await measure(asked);
    if (result === null) return [];
    say(`${figure} ${tool.name}: ${inWords(result)}`);
    return [result];
  } catch (error) {
    say(`${figure} ${tool.name}: not measured: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

function inWords({ figure, ratePerSecond, cpuUs, p99Ms, peakBytes, startMs }: Measured): string {
  if (figure === 'memory') return peakBytes === null ? 'no peak' : `${(peakBytes / 1e6).toFixed(0)} MB`;
  const latency = p99Ms === null ? '' : `, p99 ${p99Ms.toFixed(2)} ms`;
  return `${cpuUs.toFixed(1)} µs a request, ${ratePerSecond.toFixed(0)}/s, the first after ${startMs.toFixed(0)} ms${latency}`;
}

/** The rate that a figure asks for: half is that of what the tool reached flat out in this block, so it follows that. */
function rateOf(figure: FigureName, tool: Tool, before: readonly Measured[]): number | null | undefined {
  if (figure === '1000/s') return 1000;
  if (figure === '4000/s') return 4000;
  if (figure !== 'half') return null;
  const reached = before.findLast((result) => result.tool === tool.name && result.figure === 'flat out');
  return reached === undefined ? undefined : Math.round(reached.ratePerSecond / 2);
}

async function measureBlock(
  server: BenchServer,
  all: readonly Found[],
  figures: readonly FigureName[],
): Promise<Block> {
  const results: Measured[] = [];
  for (const figure of figures) {
    for (const { tool, program } of [...all, ...all.toReversed()]) {
      const rate = rateOf(figure, tool, results);
      if (rate === undefined) {
        say(`half ${tool.name}: not measured: its rate flat out is not known`);
        continue;
      }
      results.push(...(await one({ server, tool, program, figure, rate, seconds: Number(options.seconds) })));
    }
  }
  return { measured: results };
}

const all = found();
const figures = chosen(options.figures, figureNames, 'figures');
const server = await startBenchServer(root);
for (let n = 1; n <= Number(options.blocks); n += 1) {
  say(`block ${n} of ${options.blocks}`);
  appendFileSync(kept, `${JSON.stringify(await measureBlock(server, all, figures))}\n`);
}
server.stop();

const blocks = (existsSync(kept) ? readFileSync(kept, 'utf8').trim().split('\n') : []).map((line) =>
  z.object({ measured: z.array(measured) }).parse(JSON.parse(line)),
);
writeResult('generators', {
  title: 'Generators compared',
  how: 'The bundle of sustained with timeline and ledger, a minimal k6 script (bench/minimal.js), the same with `-o json`, autocannon, vegeta and wrk send the same request to the same server (bench/generators/server.go, one thread, on the same cores). CPU is user and system time of the generator while it sends steadily, start and end left out; requests are those that the server counted. Flat out: 50 connections, the bundle with a rate beyond what it reaches. p99 is what each tool tells; wrk keeps no rate. Memory: 1,000 VUs or connections with a request each (the bundle of burst, at one instant).',
  figures: figuresOf(
    blocks,
    tools.map(({ name }) => name),
  ),
});
