/** A share of fewer requests than this decides nothing. */
export const minRequests = 100;

export const noLedger = 'no ledger was recorded';
