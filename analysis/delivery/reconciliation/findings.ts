/** What can be wrong with a signal, most telling first. A signal is counted once, as the first that fits. */
export const wrongKinds = [
  'lost',
  'accepted again and not processed',
  'processed twice',
  'accepted twice',
  'unexpected',
  'wrongly suppressed',
  'stuck in progress',
  'wrongly called changed',
] as const;
export type WrongKind = (typeof wrongKinds)[number];

/** A kind as it is told of several signals: some may have been processed ten times. The names of measures keep to the kind. */
export function kindInWords(kind: WrongKind): string {
  return kind.replace(/ twice$/, ' more than once');
}

/** Something for each kind. */
export function byWrongKind<T>(of: (kind: WrongKind) => T): Record<WrongKind, T> {
  return {
    lost: of('lost'),
    'accepted again and not processed': of('accepted again and not processed'),
    'processed twice': of('processed twice'),
    'accepted twice': of('accepted twice'),
    unexpected: of('unexpected'),
    'wrongly suppressed': of('wrongly suppressed'),
    'stuck in progress': of('stuck in progress'),
    'wrongly called changed': of('wrongly called changed'),
  };
}

/** Oddities that break nothing; of `perhaps twice` nothing tells whether it was within one TTL, of `perhaps stuck` whether it was worked on still. */
export const oddKinds = [
  'only duplicate',
  'accepted twice, processed once',
  'answered alike twice',
  'perhaps twice',
  'perhaps stuck',
] as const;
export type OddKind = (typeof oddKinds)[number];

/** What was found about one signal. */
export interface SignalFinding {
  readonly kind: WrongKind | OddKind;
  /** Takes the signal's id, which is looked up only where it is named: that is slow. */
  readonly text: (id: string) => string;
}
