import { treeBytes } from '../../contract/journal/tree-memory.ts';
import { megabytes } from '../../contract/report/figures.ts';
import { serverOf } from '../interpret/run.ts';
import type { Ledger } from '../journal/ledger.ts';
import { median } from '../statistics.ts';
import { counted } from '../words.ts';
import { measure } from './measure.ts';
import { memoryAdvice } from './memory-advice.ts';
import { monitorFiles, type Rule, timelineFiles } from './rule.ts';

/** The first and the last of the load that are compared, at most a quarter of it each. */
const edgeMs = 5_000;
const minSamples = 3;

const wholeMegabytes = (bytes: number): string => `${Number((bytes / 1e6).toPrecision(6))} MB`;

/** Warm-up before the first edge, at most a sixth of the load. */
const warmUpMs = 5_000;

export const memoryGrowth: Rule<'memory-growth'> = {
  id: 'memory-growth',
  title: 'Memory growth during sustained load',
  question: 'Does memory grow?',
  evidence: `sustained: median of the last ${edgeMs / 1000} s minus that of the first ${edgeMs / 1000} s after warm-up, over all processes of the server`,
  thresholds: ({ memoryGrowth: { warnBytes, failBytes } }) => ({
    pass: `< ${wholeMegabytes(warnBytes)}`,
    warn: warnBytes === failBytes ? null : `${wholeMegabytes(warnBytes)} to ${wholeMegabytes(failBytes)}`,
    fail: `≥ ${wholeMegabytes(failBytes)}`,
  }),
  faults: ['memory grows under load'],
  advice: memoryAdvice,
  scenarios: ['sustained'],
  needs: (run) => [...monitorFiles(run), ...timelineFiles(run, 'sustained')],
  judge(run) {
    const { warnBytes, failBytes } = run.manifest.profile.criteria.memoryGrowth;
    const scenario = run.scenarios.find(({ name }) => name === 'sustained');
    const server = serverOf(run);
    const toUs = scenario?.window.endedAtUs ?? null;
    if (scenario === undefined || server === null || toUs === null) {
      return {
        status: 'inconclusive',
        summary: 'sustained load and samples of the server are both needed, and one is missing',
      };
    }
    const ledger = scenario.ledger;
    const fromUs = ledger !== null && ledger.length > 0 ? firstSend(ledger) : scenario.window.startedAtUs;
    const lastUs = ledger !== null && ledger.length > 0 ? lastSignalEnd(ledger) : toUs;
    const edgeUs = Math.min(edgeMs * 1000, (lastUs - fromUs) / 4);
    const startUs = fromUs + Math.min(warmUpMs * 1000, (lastUs - fromUs) / 6);
    const { memorySource } = server.identity;

    const between = (from: number, to: number): number[] =>
      server.samples.flatMap((sample) => {
        const bytes = sample.atUs >= from && sample.atUs <= to ? treeBytes(sample, memorySource) : null;
        return bytes === null ? [] : [bytes];
      });
    const first = between(startUs, startUs + edgeUs);
    const last = between(lastUs - edgeUs, lastUs);
    const before = median(first);
    const after = median(last);
    if (before === null || after === null || first.length < minSamples || last.length < minSamples) {
      return {
        status: 'inconclusive',
        summary: `too few memory samples at the start and the end of the load: ${first.length} and ${last.length}, ${minSamples} needed`,
      };
    }
    const growth = after - before;
    return {
      status: growth >= failBytes ? 'fail' : growth >= warnBytes ? 'warn' : 'pass',
      summary: `${growth >= 0 ? '+' : '−'}${megabytes(Math.abs(growth))} over ${((lastUs - startUs) / 1e6).toFixed(0)} s of sustained load`,
      measures: [
        measure('growth', growth, 'bytes', { threshold: warnBytes }),
        measure('before', before, 'bytes'),
        measure('after', after, 'bytes'),
      ],
      evidence: [
        `median ${megabytes(before)} of ${counted(first.length, 'sample')} after warm-up, ${megabytes(after)} of ${last.length} at the end`,
        `${memorySource === 'pss' ? 'proportional set size' : 'resident set size'} of all processes of the server together`,
      ],
    };
  },
};

function lastSignalEnd(ledger: { length: number; isSignal(at: number): boolean; endUs(at: number): number }): number {
  let last = 0;
  for (let at = 0; at < ledger.length; at += 1) if (ledger.isSignal(at)) last = Math.max(last, ledger.endUs(at));
  return last;
}

/** Rows of several generators do not follow each other in time. */
function firstSend(ledger: Ledger): number {
  let first = Number.POSITIVE_INFINITY;
  for (let at = 0; at < ledger.length; at += 1) first = Math.min(first, ledger.sendUs(at));
  return first;
}
