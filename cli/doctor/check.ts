import type { CriterionId } from '../../analysis/rules/registry.ts';

/** What one check before the load found. */
export interface Check {
  /** Such as `log-in`. */
  readonly subject: string;
  readonly status: 'ok' | 'problem' | 'unknown';
  /** What was seen. Holds no secret, and nothing of the server that is not made harmless. */
  readonly text: string;
  /** What to do about it. */
  readonly remedy: string | null;
  /** Of a problem: whether a run would be in vain. It is not, where the fault is the server's and a criterion judges it. */
  readonly endsRun: boolean;
  /** Why it was not looked at; left out if it was. */
  readonly leftOut?: string;
}

export const ok = (subject: string, text: string): Check => ({
  ...{ subject, status: 'ok', text, remedy: null, endsRun: false },
});

export const unknown = (subject: string, text: string, remedy: string | null = null): Check => ({
  ...{ subject, status: 'unknown', text, remedy, endsRun: false },
});

/** What was not looked at. */
export const unseen = (subject: string, why: string): Check => ({
  ...unknown(subject, `left out: ${why}`),
  leftOut: why,
});

export const problem = (subject: string, text: string, remedy: string, endsRun = true): Check => ({
  ...{ subject, status: 'problem', text, remedy, endsRun },
});

/** A problem of the server's own. @param judgedBy the criterion that a run judges it by. */
export const fault = (subject: string, text: string, remedy: string, judgedBy: CriterionId): Check =>
  problem(subject, text, `${remedy}; a run judges it (${judgedBy})`, false);
