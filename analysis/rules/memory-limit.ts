import { swappedBytes } from '../../contract/journal/tree-memory.ts';
import { megabytes } from '../../contract/report/figures.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { measure } from './measure.ts';
import { memoryAdviceOn } from './memory-advice.ts';
import type { Judgement } from './rule.ts';

/**
 * A judgement of growth with the limit of memory of the server's cgroup: it warns where as much growth once more reaches the limit. Pages
 * that processes share count once under PSS alone; the sum of resident sets says nothing of a limit.
 */
export function tellingMemoryLimit(server: ServerTimeline | null, judged: Judgement): Judgement {
  const limitBytes = server?.identity.memoryLimitBytes;
  const figure = (name: string): number | null =>
    (judged.measures ?? []).find((each) => each.name === name)?.value ?? null;
  const [after, growth] = [figure('after'), figure('growth')];
  if (server === null || limitBytes === undefined || after === null || growth === null) return judged;
  if (server.identity.memorySource !== 'pss') return judged;
  const resident = after - swappedAtEnd(server);
  const isNear = growth > 0 && resident + growth >= limitBytes;
  const words = isNear
    ? `${megabytes(resident)} of the ${megabytes(limitBytes)} that its cgroup may have: as much growth once more, and the kernel kills it`
    : `the memory limit of its cgroup is ${megabytes(limitBytes)}`;
  const told = {
    ...judged,
    measures: [...(judged.measures ?? []), measure('memory-limit', limitBytes, 'bytes')],
    evidence: [...(judged.evidence ?? []), words],
  };
  if (!isNear || judged.status !== 'pass') return told;
  const advice = memoryAdviceOn(server, ['near its limit']);
  return { ...told, status: 'warn', summary: `${judged.summary}; ${words}`, evidence: judged.evidence ?? [], advice };
}

/** What is swapped out has a limit of its own. */
function swappedAtEnd({ samples, identity }: ServerTimeline): number {
  const processes = samples.at(-1)?.processes ?? [];
  return processes.reduce((sum, process) => sum + swappedBytes(process, identity.memorySource), 0);
}
