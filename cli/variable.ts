/**
 * Who reads a variable. `run`: any command of this program. `generator`: the scenarios in k6. `monitor`: the process that
 * watches the server. `backend`: the embedded backend. A child process needs no variable that it does not read.
 */
export type Reader = 'run' | 'generator' | 'monitor' | 'backend';

export interface Variable {
  readonly name: string;
  readonly meaning: string;
  /** In words; null if it has none. */
  readonly default: string | null;
  readonly readBy: readonly Reader[];
  /** A secret never reaches a file, a log or an argument list. Each secret may come from a file that NAME_FILE names. */
  readonly secret: boolean;
}

export interface VariableGroup {
  readonly title: string;
  readonly variables: readonly Variable[];
}

type Row = readonly [name: string, readBy: readonly Reader[], meaning: string, byDefault?: string];

export const plain = ([name, readBy, meaning, byDefault = '']: Row): Variable => ({
  name,
  meaning,
  default: byDefault || null,
  readBy,
  secret: false,
});
export const secret = (row: Row): Variable => ({ ...plain(row), secret: true });
