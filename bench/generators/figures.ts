import { against, meanOf, type PairedRatio, ratioOf } from '../paired.ts';
import type { Figure } from '../result-file.ts';
import type { FigureName, Measured } from './measure.ts';

/** What one block measured; a figure has one measurement of each pass, in order and in reverse. */
export interface Block {
  readonly measured: readonly Measured[];
}

type Value = (one: Measured) => number | null;

/** The mean of both passes; null unless the block has them. */
function valueIn(block: Block, tool: string, [figure, value]: readonly [FigureName, Value]): number | null {
  const values = block.measured.filter((one) => one.tool === tool && one.figure === figure).map(value);
  if (values.length < 2 || values.includes(null)) return null;
  return values.reduce<number>((sum, one) => sum + (one ?? 0), 0) / values.length;
}

interface Row {
  readonly name: string;
  readonly unit: string;
  readonly figure: FigureName;
  value(one: Measured): number | null;
}

const rows: readonly Row[] = [
  { name: 'CPU per request at 1,000/s', unit: 'µs', figure: '1000/s', value: ({ cpuUs }) => cpuUs },
  { name: 'CPU per request at 4,000/s', unit: 'µs', figure: '4000/s', value: ({ cpuUs }) => cpuUs },
  { name: 'requests sent of 4,000/s', unit: '/s', figure: '4000/s', value: ({ ratePerSecond }) => ratePerSecond },
  { name: 'CPU per request flat out', unit: 'µs', figure: 'flat out', value: ({ cpuUs }) => cpuUs },
  { name: 'highest rate', unit: '/s', figure: 'flat out', value: ({ ratePerSecond }) => ratePerSecond },
  { name: 'p99 at half of its highest rate', unit: 'ms', figure: 'half', value: ({ p99Ms }) => p99Ms },
  { name: 'time to the first request', unit: 'ms', figure: '1000/s', value: ({ startMs }) => startMs },
  { name: 'CPU to the first request', unit: 'ms', figure: '1000/s', value: ({ startCpuMs }) => startCpuMs },
  {
    name: 'peak memory with 1,000 VUs',
    unit: 'MB',
    figure: 'memory',
    value: ({ peakBytes }) => (peakBytes === null ? null : peakBytes / 1e6),
  },
];

interface Bar {
  readonly row: string;
  readonly than: string;
  readonly bar: number;
  /** Whether the ratio must be at least the bar; else at most. */
  readonly isLeast?: boolean;
}

/** Of the bundle against another generator. */
const bars: readonly Bar[] = [
  { row: 'CPU per request at 1,000/s', than: 'minimal', bar: 0.35 },
  { row: 'CPU per request at 4,000/s', than: 'minimal', bar: 0.35 },
  { row: 'CPU per request flat out', than: 'autocannon', bar: 3 },
  { row: 'highest rate', than: 'minimal', bar: 2, isLeast: true },
  { row: 'peak memory with 1,000 VUs', than: 'minimal', bar: 1 },
];

const inBlocks = (count: number): string => `${count} ${count === 1 ? 'block' : 'blocks'}`;
const interval = (low: number, high: number, digits: number): string =>
  Number.isNaN(low) ? 'no interval' : `95% interval ${low.toFixed(digits)}–${high.toFixed(digits)}`;

function absolute(blocks: readonly Block[], { name, unit, figure, value }: Row, tool: string): Figure[] {
  const values = blocks.flatMap((block) => valueIn(block, tool, [figure, value]) ?? []);
  if (values.length === 0) return [];
  const { mean, low, high } = meanOf(values);
  const spread = `${interval(low, high, 1)} in ${inBlocks(values.length)}`;
  return [{ name: `${name}: ${tool}`, unit, value: mean, spread, bar: '–', verdict: 'no bar' }];
}

/** Only blocks that have both are paired. */
function paired(blocks: readonly Block[], { figure, value }: Row, than: string): PairedRatio | null {
  const pairs = blocks.flatMap((block) => {
    const [a, b] = [valueIn(block, than, [figure, value]), valueIn(block, 'bundle', [figure, value])];
    return a === null || b === null ? [] : [[a, b] as const];
  });
  return pairs.length === 0
    ? null
    : ratioOf(
        pairs.map(([a]) => a),
        pairs.map(([, b]) => b),
      );
}

function verdictOf({ low, high }: PairedRatio, { bar, isLeast }: Bar): Figure['verdict'] {
  return isLeast ? against(1 / high, 1 / low, 1 / bar) : against(low, high, bar);
}

function compared(blocks: readonly Block[], row: Row, tool: string): Figure[] {
  const ratio = paired(blocks, row, tool);
  if (ratio === null) return [];
  const bar = bars.find((one) => one.row === row.name && one.than === tool);
  return [
    {
      name: `${row.name}: bundle over ${tool}`,
      unit: '×',
      value: ratio.ratio,
      spread: `${interval(ratio.low, ratio.high, 3)} in ${inBlocks(ratio.blocks)}`,
      bar: bar === undefined ? '–' : `${bar.isLeast ? '≥' : '≤'} ${bar.bar}`,
      verdict: bar === undefined ? 'no bar' : verdictOf(ratio, bar),
    },
  ];
}

/** All that the blocks tell: each row of each tool, then what the bundle costs over each of the others. */
export function figuresOf(blocks: readonly Block[], tools: readonly string[]): Figure[] {
  return rows.flatMap((row) => [
    ...tools.flatMap((tool) => absolute(blocks, row, tool)),
    ...(row.unit === '/s' && row.name !== 'highest rate'
      ? []
      : tools.filter((tool) => tool !== 'bundle').flatMap((tool) => compared(blocks, row, tool))),
  ]);
}
