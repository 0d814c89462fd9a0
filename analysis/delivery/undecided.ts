/** Why a scenario cannot pass, if nothing is wrong. */
export interface Undecided {
  readonly text: string;
  /** Whether it is that something was not read back. */
  readonly isUnread: boolean;
}

export const undecided = (text: string): Undecided => ({ text, isUnread: false });
export const unreadBack = (text: string): Undecided => ({ text, isUnread: true });
export const textOf = ({ text }: Undecided): string => text;
