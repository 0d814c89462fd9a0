/** What more than the count of wrong signals proves of a server, as far as different remedies belong to it. */
export type ComplaintFault =
  | 'copies race'
  | 'TTL shorter'
  | 'keys lost'
  | 'keys per worker'
  | 'not recognized'
  | 'key holds the stamp'
  | 'TTL longer'
  | 'TTL prolonged'
  | 'TTL not prolonged'
  | 'key too coarse'
  | 'key too fine'
  | 'changed payload not told'
  | 'dropped later'
  | 'repeats fail'
  | 'counter differs';

export interface Complaint {
  /** What may be behind it, the most likely first. */
  readonly faults: readonly ComplaintFault[];
  /** By name, with its numbers. */
  readonly text: string;
}

/** @param less what else may be behind it, the most likely first. */
export const complaint = (fault: ComplaintFault, text: string, ...less: readonly ComplaintFault[]): Complaint => ({
  faults: [fault, ...less],
  text,
});
