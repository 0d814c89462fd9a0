import { purposeHeader } from '../contract/journal/outcomes.ts';
import { roles } from '../contract/plan/roles.ts';
import { numberOf } from '../contract/plan/signal-id.ts';
import { knowsReplays } from './answer.ts';
import type { Environment } from './environment.ts';
import { compileRequest, compileUnproven } from './request-program.ts';
import type { RequestSender } from './sent-request.ts';

/** Sends by the Go module of our own k6 build: one call a request, and nothing is copied for it here. */
export function nativeSender({ baseUrl, profile, sizes, trust }: Environment): RequestSender {
  const module = require('k6/x/webhook');
  const needsNumber = module.open(() =>
    JSON.stringify({
      baseUrl,
      caPem: trust.ca ?? '',
      timeoutMs: sizes.REQUEST_TIMEOUT_MS,
      purposeHeader,
      request: compileRequest(profile, baseUrl),
      unproven: compileUnproven(profile, baseUrl),
      answers: profile.answers,
      hashesAnswers: knowsReplays(profile),
      comparesAnswers: profile.idempotency.kind === 'ttl',
      oneEffectCodes: [roles['idempotency.changed-payload'].code],
    }),
  );
  return {
    request: module.request,
    left: module.left,
    isInterrupted: module.isInterrupted,
    signal: ({ webhook: { token, secret }, index, signal, purpose, options }) => {
      const { signal_id: id, action, ticker, quantity, price } = signal;
      const n = needsNumber ? numberOf(id) : 0;
      const { ledgerId, headers, proof, abandonAfterMs } = options;
      return module.signal(
        ...([index, token, secret, id, n, action, ticker, quantity, price, purpose] as const),
        ...([ledgerId, headers, proof, abandonAfterMs] as const),
      );
    },
  };
}
