/** What the journal says of an end, in words that follow "it". */
interface Said {
  readonly cause: string;
}

/** In the journal: what the kernel, a log or a supervisor says of an exit code. */
const code = /^exited with code (\d+)$/;

/** Codes other than 0 by which workers of a server end as they should, and how to know that it is that server. */
interface OwnCodes {
  /** In the name of the process. */
  readonly name: RegExp;
  /** What that server alone writes of a process, in the journal's words. */
  readonly says: string;
  readonly codes: ReadonlySet<string>;
}

const ownCodes: readonly OwnCodes[] = [
  // UWSGI_RELOAD_CODE, and UWSGI_END_CODE: it had served its number of requests, or was not needed. Source: uwsgi.h
  { name: /\buwsgi\b/i, says: 'had done its work', codes: new Set(['17', '30']) },
];

/** Whether what is said is an exit code by which this process says that it ended as it should. @param all that is said of it. */
export function isOrderlyCode({ cause }: Said, label: string, all: readonly Said[] = []): boolean {
  const said = code.exec(cause)?.[1];
  if (said === undefined || said === '0') return said === '0';
  return ownCodes.some(
    ({ name, says, codes }) => codes.has(said) && (name.test(label) || all.some((each) => each.cause === says)),
  );
}

/** Of a supervisor that restarts whatever ends unasked, whatever its exit code. */
export const isUnexpected = ({ cause }: Said): boolean => cause.includes('unexpected');
