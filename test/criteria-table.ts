import { rules } from '../analysis/rules/registry.ts';
import { defaultThresholds } from '../contract/report/default-thresholds.ts';

/** The table of docs/criteria.md, with the default thresholds. */
export function criteriaTable(): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    row(['criterion', 'pass', 'warn', 'fail', 'judged from', 'what it finds']),
    row(['---', '---', '---', '---', '---', '---']),
    ...rules.map(({ title, thresholds, evidence, faults }) => {
      const { pass, warn, fail } = thresholds(defaultThresholds);
      return row([title, pass, warn ?? '', fail ?? '', evidence, faults.join(', ')]);
    }),
  ].join('\n');
}
