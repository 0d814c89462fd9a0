import { constants } from 'node:os';

/** Names of one signal, and the one of them that manuals and logs use. */
const aliases: Readonly<Record<string, string>> = {
  SIGIOT: 'SIGABRT',
  SIGCLD: 'SIGCHLD',
  SIGPOLL: 'SIGIO',
  SIGUNUSED: 'SIGSYS',
};

const names = new Map(
  Object.entries(constants.signals)
    .filter(([name]) => !Object.hasOwn(aliases, name))
    .map(([name, number]) => [number, name]),
);

/** The name of the signal with this number; undefined if there is none here. */
export const signalName = (number: number): string | undefined => names.get(number);

/** The usual name of a signal that may be told by an alias. */
export const usualName = (name: string): string => aliases[name] ?? name;
