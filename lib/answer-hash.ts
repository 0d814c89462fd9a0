import { sha256 } from 'k6/crypto';

/** 32 bits that stand for an answer's body. */
export const answerHash = (body: string): number => Number.parseInt(sha256(body, 'hex').slice(0, 8), 16);
