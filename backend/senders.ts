import type { FastifyRequest } from 'fastify';
import type { Signature } from '../contract/profile/profile.ts';
import { hashSecret, sameSecret } from './access-token.ts';
import type { FaultName } from './fault-table.ts';
import type { Faults } from './faults.ts';
import { RequestProblem } from './routes/request-problem.ts';
import type { WorkerSettings } from './settings.ts';
import { checkSignature, signingSecret } from './signatures.ts';
import type { Webhook } from './store/store.ts';

/** Why a request is not taken for one of its webhook's sender. */
export type SenderProblem = 'missing' | 'malformed' | 'wrong' | 'stale';

/** The faults by which each goes unnoticed. */
const overlooks = {
  missing: ['accepts-missing-signature'],
  malformed: ['accepts-malformed-signature', 'accepts-any-signature'],
  wrong: ['accepts-any-signature'],
  stale: ['accepts-stale'],
} as const satisfies Record<SenderProblem, readonly FaultName[]>;

/** Tells right senders of signals from false ones, faults included. */
export class Senders {
  readonly #signature: Signature | null;
  readonly #password: string;
  readonly #faults: Faults;

  constructor({ signature, password }: WorkerSettings, faults: Faults) {
    this.#signature = signature;
    this.#password = password;
    this.#faults = faults;
  }

  problemOf(request: FastifyRequest, webhook: Webhook): SenderProblem | null {
    const found =
      this.#signature === null ? secretProblem(request.query, webhook) : this.#signatureProblem(request, webhook);
    if (found === 'malformed' && this.#faults.has('fails-on-malformed-signature')) {
      throw new RequestProblem(500, 'broken on purpose');
    }
    return found !== null && overlooks[found].some((fault) => this.#faults.has(fault)) ? null : found;
  }

  #signatureProblem(request: FastifyRequest, { token }: Webhook): SenderProblem | null {
    if (this.#signature === null) return null;
    const { method, url, headers, rawBody } = request;
    const secret = signingSecret(this.#signature, this.#password, token);
    const signedBody = this.#faults.has('signs-reserialized-body') ? reserialized(rawBody) : rawBody;
    const found = checkSignature(this.#signature, { method, url, headers, rawBody: signedBody }, secret, Date.now());
    return found === 'right' ? null : found;
  }
}

/** What express.json() and JSON.stringify make of a body. */
function reserialized(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return body;
  }
}

function secretProblem(query: unknown, { secretHash }: Webhook): SenderProblem | null {
  const secret = typeof query === 'object' && query !== null && 'secret' in query ? query.secret : undefined;
  if (secret === undefined) return 'missing';
  return typeof secret === 'string' && sameSecret(hashSecret(secret), secretHash) ? null : 'wrong';
}
