import { worst } from '../../contract/report/criteria.ts';
import { hostOf, processServers, type Run, viewOf } from '../interpret/run.ts';
import { apartInWords, apartUs, clockRemedy, type ServerTimeline } from '../journal/server.ts';
import { adviceOfAll } from './advice.ts';
import type { Judgement, Rule } from './rule.ts';

/** How well the server's times must fit those of the load for a rule to judge. */
interface Alignment {
  readonly withinMs: number;
}

/** The rule, which knows one machine, for all whose processes were watched: the worst of them decides, and each is named. */
export function onEachMachine<Id extends string>(rule: Rule<Id>, alignment: Alignment): Rule<Id> {
  return {
    ...rule,
    judge(run) {
      const servers = processServers(run);
      const judged = servers.map((server) => ({
        host: hostOf(run, server),
        judgement: judgeOne(rule, run, { server, alignment }),
      }));
      const [first] = judged;
      if (first === undefined) return rule.judge(run);
      return judged.length === 1 ? first.judgement : together(judged);
    },
  };
}

function judgeOne(
  rule: Rule,
  run: Run,
  { server, alignment }: { readonly server: ServerTimeline; readonly alignment: Alignment },
): Judgement {
  if (apartUs(server) <= alignment.withinMs * 1000) return rule.judge(viewOf(run, server));
  return {
    status: 'inconclusive',
    summary: `${apartInWords(server)}, and its samples must align with the load within ±${alignment.withinMs} ms; ${clockRemedy}`,
  };
}

interface Judged {
  readonly host: string | null;
  readonly judgement: Judgement;
}

/** The worst first, for it is what decided. */
function together(judged: readonly Judged[]): Judgement {
  const status = worst(judged.map(({ judgement }) => judgement.status));
  const ordered = judged.toSorted(
    (a, b) => Number(b.judgement.status === status) - Number(a.judgement.status === status),
  );
  return {
    status,
    summary: ordered.map(({ host, judgement }) => `${host}: ${judgement.summary}`).join('; '),
    measures: ordered.flatMap(({ host, judgement: { measures = [] } }) =>
      measures.map((one) => (host === null ? one : { ...one, host })),
    ),
    evidence: ordered.flatMap(({ host, judgement: { evidence = [] } }) => evidence.map((text) => `${host}: ${text}`)),
    ...adviceOfAll(ordered.map(({ judgement }) => judgement)),
    parts: ordered.flatMap(({ judgement: { parts = [] } }) => parts),
    pictures: ordered.flatMap(({ host, judgement: { pictures = [] } }) =>
      pictures.map((picture) => ({ ...picture, title: `${host}: ${picture.title}` })),
    ),
  };
}
