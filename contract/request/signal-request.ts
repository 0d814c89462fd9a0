import type { Signal } from '../plan/signal.ts';
import { numberOf, uuidOf } from '../plan/signal-id.ts';
import type { Webhook } from '../profile/given-webhooks.ts';
import type { TargetProfile } from '../profile/profile.ts';
import {
  compileRequest,
  compileUnproven,
  fillSegments,
  type RequestProgram,
  type SignalWords,
  usesWord,
} from './request-program.ts';
import { type Cryptography, type Proof, withSignature } from './signed-words.ts';

/** A request as it goes on the wire, but for what HTTP adds. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** Makes the requests that carry signals, by a profile that is compiled once. */
export class SignalRequests {
  private readonly program: RequestProgram;
  private readonly unproven: RequestProgram;
  private readonly needsNumber: boolean;
  private readonly needsUuid: boolean;

  constructor(
    profile: TargetProfile,
    baseUrl: string,
    private readonly by: Cryptography,
  ) {
    this.program = compileRequest(profile, baseUrl);
    this.unproven = compileUnproven(profile, baseUrl);
    this.needsNumber = usesWord(this.program, 'n');
    this.needsUuid = usesWord(this.program, 'uuid');
  }

  of(webhook: Webhook, signal: Signal, proof: Partial<Proof> = {}): WireRequest {
    const isUnproven = proof.flaw === 'missing';
    const program = isUnproven ? this.unproven : this.program;
    const { signature } = program;
    const { signal_id: id, action, ticker, quantity, price } = signal;
    const { token } = webhook;
    const secret = isUnproven && signature === null ? '' : webhook.secret;
    const n = this.needsNumber ? numberOf(id) : 0;
    const uuid = this.needsUuid ? uuidOf(id) : '';
    const plain: SignalWords = { token, secret, id, n, uuid, action, ticker, quantity, price };
    const body = proof.flaw === 'respaced' ? (program.spacedBody ?? program.body) : program.body;
    const words = signature === null ? plain : withSignature({ signature, body }, plain, proof, this.by);
    return {
      method: program.method,
      path: fillSegments(program.path, words),
      headers: Object.fromEntries(program.headers.map(({ name, value }) => [name, fillSegments(value, words)])),
      body: body === null ? null : fillSegments(body, words),
    };
  }
}
