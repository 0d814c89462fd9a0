import { relative } from 'node:path';
import * as z from 'zod';
import type { Exceptions } from '../../contract/journal/exceptions.ts';
import { unexecutable } from '../../contract/plan/unexecutable.ts';
import { toldIn } from '../processes/told-line.ts';

// What k6 says in its log, a line of logfmt each.

/** The text of an error in a line of k6's log; null in any other line. */
export function errorIn(line: string): string | null {
  const message = messageIn(line);
  if (message === null) return null;
  return message
    .replace(/\\[nt]/g, ' ')
    .replace(/ +at .*$/, '')
    .replaceAll('\\"', '"')
    .trim();
}

/** A threshold that k6 cannot read, in words of what its user wrote; any other message as it is. */
export function ofThreshold(message: string): string {
  const [, written] = /failed parsing threshold expression\S* "(.+?)"/.exec(message) ?? [];
  return written === undefined
    ? message
    : `options.thresholds: ${JSON.stringify(written)} is not a threshold of k6: write what is measured, a comparison and a number, such as "rate>0.9", "p(95)<200", "avg<50" or "count<10"`;
}

const messageIn = (line: string): string | null => /level=error msg="?((?:[^"\\]|\\.)*)/.exec(line)?.[1] ?? null;

/** The value of a field in a line of k6's log; null in a line without it. A message that looks like a field is none. */
export function fieldIn(line: string, name: string): string | null {
  const fields = [...line.matchAll(/([\w.-]+)=("(?:[^"\\]|\\.)*"|\S*)/g)];
  const [, , value] = fields.find(([, found]) => found === name) ?? [];
  if (value === undefined) return null;
  return value.startsWith('"') ? toldIn(value, z.string()) : value;
}

export type Thrown = Omit<Exceptions, 'count'>;

/** An exception in a line of k6's log, without a place where no line of code is to blame; null in any other line. @param folder that paths count from. */
export function thrownIn(line: string, folder = process.cwd()): Thrown | null {
  const text = errorIn(line);
  if (text === null || !/ source=stacktrace\b| hint="script exception"/.test(line)) return null;
  const [, name = null, message = text] = thrownText.exec(text) ?? [];
  return {
    phase: / scenario=("?)([\w-]+)\1/.exec(line)?.[2] ?? null,
    message,
    place: name === unexecutable ? null : placeIn(line, folder),
  };
}

/** Names that say no more than that it is an error; any other one belongs to the message. */
const thrownText = new RegExp(`^(?:Uncaught \\(in promise\\) )?(Error|GoError|${unexecutable}): (.*)$`, 's');

/** The first frame of its stack. With a source map in the bundle these are lines of the user's file. */
function placeIn(line: string, folder: string): string | null {
  const [, path, at] = /(?:file:\/\/)?(\/[^\s()"]+?):(\d+:\d+)/.exec(messageIn(line) ?? '') ?? [];
  if (path === undefined || at === undefined) return null;
  const near = relative(folder, path);
  return `${near.startsWith('..') ? path : near}:${at}`;
}

/** More kinds of exceptions than this are not told apart. */
const maxKinds = 20;

/** Exceptions in iterations, counted by phase, message and place. */
export class ThrownCounts {
  readonly #counts = new Map<string, Thrown & { count: number }>();

  add(thrown: Thrown): void {
    const { phase, message, place } = thrown;
    const key = JSON.stringify([phase, message, place]);
    const known = this.#counts.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#counts.size < maxKinds) this.#counts.set(key, { ...thrown, count: 1 });
  }

  /** Most frequent first. */
  get all(): readonly Exceptions[] {
    return [...this.#counts.values()].toSorted((a, b) => b.count - a.count);
  }
}
