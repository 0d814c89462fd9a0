import { journalFiles } from '../../contract/journal/journal.ts';
import { treeCpuPercent } from '../../contract/journal/tree-cpu.ts';
import { atSecond } from '../words.ts';
import type { Rule } from './rule.ts';

export const cpu: Rule = {
  criterion: 'cpu',
  scenarios: null,
  needs: () => [journalFiles.server],
  judge(run) {
    const { server } = run;
    const { warnPercent, sustainedMs } = run.manifest.profile.criteria.cpu;
    const loads = (server?.samples ?? []).flatMap((sample) => {
      const percent = treeCpuPercent(sample, server?.identity.cores ?? 1);
      return percent === null ? [] : [{ atUs: sample.atUs, percent }];
    });
    if (server === null || loads.length === 0) {
      return { status: 'inconclusive', summary: "the server's CPU was not sampled" };
    }
    let since: number | null = null;
    let longestMs = 0;
    let longestFromUs = 0;
    for (const { atUs, percent } of loads) {
      if (percent <= warnPercent) {
        since = null;
        continue;
      }
      since ??= atUs;
      if ((atUs - since) / 1000 > longestMs) {
        longestMs = (atUs - since) / 1000;
        longestFromUs = since;
      }
    }
    const most = Math.max(...loads.map(({ percent }) => percent));
    const mean = loads.reduce((sum, { percent }) => sum + percent, 0) / loads.length;
    const summary = `${mean.toFixed(0)} % on average, ${most.toFixed(0)} % at most, of ${server.identity.cores} cores`;
    return longestMs >= sustainedMs
      ? {
          status: 'warn',
          summary,
          evidence: [
            `above ${warnPercent} % for ${(longestMs / 1000).toFixed(1)} s ${atSecond(longestFromUs, run.manifest.startedAtUs)}`,
          ],
        }
      : { status: 'pass', summary };
  },
};
