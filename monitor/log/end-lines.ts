import type { EndReading, EndWord } from './end-word.ts';
import { endWords } from './end-words.ts';
import { lastLines } from './last-lines.ts';
import { masterNeedles, masterSays } from './master-words.ts';
import { withoutColors } from './safe-line.ts';

export interface EndLine extends EndReading {
  /** As the log has it: in a container that is the number that the process has there. Null if the line names none. */
  readonly pid: number | null;
  /** The line with those around it, as they stand in the log. */
  readonly lines: readonly string[];
}

const linesBefore = 3;
const linesAfter = 6;
/** Node.js writes its version below the stack trace: the error stands above it. Frames of libraries and fields of the error count. */
const maxStackLines = 80;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Nearly no line has one of these texts: one search for all of them keeps up with a log of hundreds of megabytes a second. */
const needles = new Set([...endWords.map(({ needle }) => needle), ...masterNeedles]);
const anyNeedle = new RegExp([...needles].map(escaped).join('|'), 'g');

/** The pid that gunicorn puts before each line, or that a line of JSON has in a field. */
const ownPid = /^\[[^\]]+\] \[(\d+)\] \[[A-Z]+\]|"(?:pid|process)": ?"?(\d+)/;

function pidIn(line: string, match: RegExpExecArray, { ofItself = false }: EndWord): number | null {
  if (match.groups?.pid !== undefined) return Number(match.groups.pid);
  const [, prefix, field] = ofItself ? (ownPid.exec(line) ?? []) : [];
  const own = prefix ?? field;
  return own === undefined ? null : Number(own);
}

function read(raw: string): Omit<EndLine, 'lines'> | null {
  const line = withoutColors(raw).trimEnd();
  for (const word of endWords) {
    const match = word.match.exec(line);
    if (match !== null) return { pid: pidIn(line, match, word), ...word.read(match.groups ?? {}) };
  }
  return masterSays(line);
}

/** What a piece of a log, in whole lines, says of the ends of processes. */
export function endLinesIn(text: string): readonly EndLine[] {
  const found: EndLine[] = [];
  anyNeedle.lastIndex = 0;
  for (let hit = anyNeedle.exec(text); hit !== null; hit = anyNeedle.exec(text)) {
    const start = text.lastIndexOf('\n', hit.index) + 1;
    const next = text.indexOf('\n', hit.index);
    const end = next === -1 ? text.length : next;
    anyNeedle.lastIndex = end + 1;
    const reading = read(text.slice(start, end));
    if (reading !== null) found.push({ ...reading, lines: around(text, start, end) });
    if (end + 1 >= text.length) break;
  }
  return found;
}

function around(text: string, start: number, end: number): readonly string[] {
  const before = lastLines(text, start, maxStackLines).map(withoutColors);
  let to = end;
  for (let n = 0; n < linesAfter && to !== -1 && to < text.length; n += 1) to = text.indexOf('\n', to + 1);
  const after = text.slice(start, to === -1 ? text.length : to).split('\n');
  return [...(thrownIn(before) ?? before.slice(-linesBefore)), ...after].filter((line) => line !== '');
}

const isFrame = (line: string): boolean => /^\s+at /.test(line);
/** Below the frames of an error stand its fields, such as `  code: 'ECONNREFUSED',` and `}`. */
const isField = (line: string): boolean => /^(?:\s+\S|[}\]])/.test(line);
/** Below the frames of an 'error' event that nobody listened to: what emitted it, with frames of its own. */
const isEmitter = (line: string): boolean => /^Emitted '\w+' event .*at:$/.test(line);

/** The error above a stack trace or fields that end these lines, with the first frames; null if there is none, or all of it is near. */
function thrownIn(lines: readonly string[]): readonly string[] | null {
  let at = lines.length - 1;
  for (let line = lines[at]; line !== undefined && (line === '' || isField(line) || isEmitter(line)); line = lines[at])
    at -= 1;
  const error = lines[at] ?? '';
  // A log of objects has a bracket there.
  if (!/\w/.test(error) || lines.length - at <= linesBefore) return null;
  return [
    error,
    ...lines
      .slice(at + 1)
      .filter(isFrame)
      .slice(0, linesBefore - 1),
  ];
}
