import loadOnce from 'lazy:once';
import { numberOf } from '../contract/plan/signal-id.ts';
import type { Environment } from './environment.ts';
import type { RequestSender } from './sent-request.ts';

/** Sends by the Go module of our own k6 build: one call a request, and nothing is copied for it here. */
export function nativeSender(environment: Environment): RequestSender {
  const module = require('k6/x/webhook');
  const needsNumber = module.open(() => loadOnce().nativeDescription(environment));
  return {
    request: module.request,
    left: module.left,
    look: module.look,
    isInterrupted: module.isInterrupted,
    signal: ({ webhook: { token, secret }, index, signal, purpose, options }) => {
      const { signal_id: id, action, ticker, quantity, price } = signal;
      const n = needsNumber ? numberOf(id) : 0;
      const { ledgerId, headers, proof, abandonAfterMs, reconnects, keepsConnection } = options;
      // Argument by argument: to spread lists of them takes a tenth of a request's CPU.
      // biome-ignore format: one a line would say no more
      return module.signal(index, token, secret, id, n, action, ticker, quantity, price, purpose, ledgerId, headers, proof, abandonAfterMs, reconnects, keepsConnection);
    },
  };
}
