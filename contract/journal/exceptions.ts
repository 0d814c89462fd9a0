/** What the code of a scenario threw in some iterations. */
export interface Exceptions {
  /** The phase whose iterations it ended; null outside of them. */
  readonly phase: string | null;
  readonly message: string;
  /** `stress/market-open.ts:14:9`; null where k6 names no file. */
  readonly place: string | null;
  readonly count: number;
}

/** `phase open: 214 iterations ended by an exception at stress/market-open.ts:14:9: x is not defined`. */
export function exceptionInWords({ phase, message, place, count }: Exceptions): string {
  const where = phase === null ? '' : `phase ${phase}: `;
  const many = count === 1 ? '1 iteration' : `${count} iterations`;
  return `${where}${many} ended by an exception${place === null ? '' : ` at ${place}`}: ${message}`;
}
