import type { ClockReport, Report } from '../contract/report/report.ts';

/** From so many milliseconds on whoever compares times of several machines should know. */
const toldFromMs = 5;

/** `120.4 ms ahead ±1.2 ms (measured)`. */
export function clockInWords({ aheadMs, uncertaintyMs, source }: ClockReport): string {
  if (aheadMs === null || uncertaintyMs === null) return 'offset unknown: ±?';
  const side = aheadMs < 0 ? 'behind' : 'ahead';
  return `${Math.abs(aheadMs).toFixed(1)} ms ${side} ±${uncertaintyMs.toFixed(1)} ms (${source})`;
}

/** Which clocks of generators and monitors differed by what matters, in one line; null if none did. */
export function clocksLine({ generators = [], monitors = [] }: Pick<Report, 'generators' | 'monitors'>): string | null {
  const named = [
    ...generators.map(({ id, clock }) => ({ name: id, clock })),
    ...monitors.map(({ id, host, clock }) => ({ name: host ?? id, clock })),
  ];
  const apart = named.filter(({ clock }) => matters(clock));
  if (apart.length === 0) return null;
  return `clocks: ${apart.map(({ name, clock }) => `${name} ${clockInWords(clock)}`).join(', ')}`;
}

function matters({ aheadMs, uncertaintyMs, source }: ClockReport): boolean {
  if (source === 'own') return false;
  return aheadMs === null || uncertaintyMs === null || Math.abs(aheadMs) >= toldFromMs || uncertaintyMs >= toldFromMs;
}
