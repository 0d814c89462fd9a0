import { treeCpuPercent } from '../../contract/journal/tree-cpu.ts';
import { samplesOf, serverOf } from '../interpret/run.ts';
import { atSecond } from '../words.ts';
import { measure } from './measure.ts';
import { monitorFiles, type Rule } from './rule.ts';

interface Load {
  readonly atUs: number;
  readonly percent: number;
}

/** The longest time in which every sample lies above `warnPercent`. */
function longestAbove(loads: readonly Load[], warnPercent: number): { readonly fromUs: number; readonly ms: number } {
  let since: number | null = null;
  let longest = { fromUs: 0, ms: 0 };
  for (const { atUs, percent } of loads) {
    since = percent <= warnPercent ? null : (since ?? atUs);
    if (since !== null && (atUs - since) / 1000 > longest.ms) longest = { fromUs: since, ms: (atUs - since) / 1000 };
  }
  return longest;
}

export const cpu: Rule<'cpu'> = {
  id: 'cpu',
  title: 'CPU of the server',
  question: 'Are response times in budget?',
  evidence: "the CPU time of the server's processes together, as a share of the cores that they may use",
  thresholds: ({ cpu: { warnPercent, sustainedMs } }) => ({
    pass: `≤ ${warnPercent}%`,
    warn: `> ${warnPercent}% for ${sustainedMs / 1000} s`,
    fail: null,
  }),
  faults: ['saturated CPU'],
  advice: [
    'profile a worker under this load: serialization, cryptography and logging are the usual suspects',
    'more workers, or fewer on too few cores',
  ],
  scenarios: null,
  needs: monitorFiles,
  judge(run) {
    const server = serverOf(run);
    const { warnPercent, sustainedMs } = run.manifest.profile.criteria.cpu;
    const loads = samplesOf(run).flatMap((sample) => {
      const percent = treeCpuPercent(sample, server?.identity.cores ?? 1);
      return percent === null ? [] : [{ atUs: sample.atUs, percent }];
    });
    if (server === null || loads.length === 0) {
      return { status: 'inconclusive', summary: "the server's CPU was not sampled" };
    }
    const longest = longestAbove(loads, warnPercent);
    const max = loads.reduce((most, { percent }) => Math.max(most, percent), 0);
    const mean = loads.reduce((sum, { percent }) => sum + percent, 0) / loads.length;
    const isHigh = longest.ms >= sustainedMs;
    return {
      status: isHigh ? 'warn' : 'pass',
      summary: `mean ${mean.toFixed(0)}%, max ${max.toFixed(0)}% of ${server.identity.cores} cores`,
      measures: [
        measure('mean', mean, 'percent'),
        measure('max', max, 'percent', { threshold: warnPercent }),
        measure('longest-above-threshold', longest.ms, 'ms', { threshold: sustainedMs }),
      ],
      evidence: isHigh
        ? [
            `above ${warnPercent}% for ${(longest.ms / 1000).toFixed(1)} s ${atSecond(longest.fromUs, run.manifest.startedAtUs)}`,
          ]
        : [],
    };
  },
};
