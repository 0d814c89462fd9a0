import loadHttpSender from 'lazy:http-sender';
import type { Outstanding } from '../contract/journal/drain.ts';
import type { Outcome } from '../contract/journal/outcomes.ts';
import { environment } from './environment.ts';
import { nativeSender } from './native-sender.ts';
import type { Answer, Look, PlainRequest, SentSignal } from './sent-request.ts';

const sender = environment.sendsNatively ? nativeSender(environment) : loadHttpSender().httpSender(environment);

/** Sends a request that is no signal, and records its outcome. */
export const request = (what: PlainRequest): Answer => sender.request(what);

/** Sends one signal to a webhook, and gives its outcome. */
export const sendSignal = (what: SentSignal): Outcome => sender.signal(what);

/** The effects that this process was promised and that are not among those with the given ids; null if they are not known. */
export const outstandingEffects = (ids: readonly string[]): Outstanding | null => sender.left(ids);

/** The same, page by page. */
export const lookAtEffects = (): Look | null => sender.look();

export const isInterrupted = (): boolean => sender.isInterrupted();

/** Opens this VU's connection, so that what it sends next does not wait for one. */
export function openConnection(): Answer {
  const path = environment.profile.monitoring.health ?? '/';
  return request({ purpose: 'setup', name: 'GET health', method: 'GET', path });
}
