/** What the journal says of an end, in words that follow "it". */
interface Said {
  readonly cause: string;
}

/** In the journal: what the kernel, a log or a supervisor says of an exit code. */
const code = /^exited with code (\d+)$/;

/** Whether a fact is an exit code by which a process says that it ended as it should. */
export const isOrderlyCode = ({ cause }: Said): boolean => code.exec(cause)?.[1] === '0';

/** Of a supervisor that restarts whatever ends unasked, whatever its exit code. */
export const isUnexpected = ({ cause }: Said): boolean => cause.includes('unexpected');
