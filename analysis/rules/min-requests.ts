export { minRequests } from '../../contract/plan/legitimate.ts';

export const noLedger = 'no ledger was recorded';
