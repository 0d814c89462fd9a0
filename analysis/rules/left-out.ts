import type { Run } from '../interpret/run.ts';
import { leftOutInWords } from '../processes/end-words.ts';
import type { Judgement } from './rule.ts';

/** The same with what of the server was not watched: of all that serves nothing passes where a part may serve unseen. */
export function tellingLeftOut(run: Run, judged: Judgement): Judgement {
  if (judged.status === 'not-run' || judged.status === 'not-applicable') return judged;
  const { mayServe, all } = leftOutInWords(run);
  const told = { ...judged, evidence: [...(judged.evidence ?? []), ...all] };
  if (judged.status !== 'pass' || !mayServe) return told;
  return {
    ...told,
    status: 'inconclusive',
    summary: `not all of the server was watched; of the rest: ${judged.summary}`,
  };
}
