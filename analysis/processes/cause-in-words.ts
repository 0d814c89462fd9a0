import { reasonInWords, type SaidOfEnd } from '../../contract/journal/end-reasons.ts';
import type { CauseOfEnd } from './cause-of-end.ts';
import { noteInWords } from './end-notes.ts';

const stepInWords = (step: readonly SaidOfEnd[]): string => step.map(reasonInWords).join(' and ');

const stepsInWords = (steps: CauseOfEnd['steps']): string => steps.map(stepInWords).join(', then ');

/** In words that follow "it". */
export function causeInWords({ steps, after = [], notes = [] }: CauseOfEnd): string {
  const said = steps.length === 0 ? 'ended, and nothing says why' : stepsInWords(steps);
  const before = after.length === 0 ? '' : `, after it ${stepsInWords(after)}`;
  return `${said}${before}${notes.map(noteInWords).join('')}`;
}

/** The same without what came after it: a master kills what it aborted in vain. */
export function firstCauseInWords(cause: CauseOfEnd): string {
  const [first = [], ...then] = cause.steps;
  return then.length > 0 || (cause.after ?? []).length > 0 ? stepInWords(first) : causeInWords(cause);
}
