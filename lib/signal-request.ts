import { hmac } from 'k6/crypto';
import type { Signal } from '../contract/plan/signal.ts';
import { numberOf } from '../contract/plan/signal-id.ts';
import { isForm } from '../contract/profile/consistency.ts';
import type { Webhook } from '../contract/profile/given-webhooks.ts';
import type { TargetProfile } from '../contract/profile/profile.ts';
import { fill, fillHeaders, fillJson, fillPath, formText, type Values } from './template.ts';

export interface SignalRequest {
  readonly method: TargetProfile['request']['method'];
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

function valuesOf({ token, secret }: Webhook, signal: Signal, needsNumber: boolean): Values {
  const { action, ticker, quantity, price, signal_id: id } = signal;
  return { token, secret, id, action, ticker, quantity, price, ...(needsNumber ? { n: numberOf(id) } : {}) };
}

function bodyOf({ request, secret }: TargetProfile, values: Values, webhook: Webhook): string {
  if (typeof request.body === 'string') return fill(request.body, values);
  const fields: Record<string, unknown> = Object.fromEntries(
    Object.entries(request.body).map(([name, value]) => [name, fillJson(value, values)]),
  );
  if (secret.in === 'body') fields[secret.field] = webhook.secret;
  return isForm(request.contentType) ? formText(fields) : JSON.stringify(fields);
}

/** Requests by a profile: how one signal to one webhook reads, with the secret where the profile places it. */
export function signalRequests(profile: TargetProfile): (webhook: Webhook, signal: Signal) => SignalRequest {
  const { request, secret } = profile;
  const needsNumber = JSON.stringify([request.path, request.headers, request.body]).includes('{n}');
  return (webhook, signal) => {
    const values = valuesOf(webhook, signal, needsNumber);
    const body = request.method === 'GET' ? null : bodyOf(profile, values, webhook);
    const headers: Record<string, string> = {
      ...(body === null ? {} : { 'Content-Type': request.contentType }),
      ...fillHeaders(request.headers, values),
    };
    let path = fillPath(request.path, values);
    if (secret.in === 'query') {
      path += `${path.includes('?') ? '&' : '?'}${encodeURIComponent(secret.name)}=${encodeURIComponent(webhook.secret)}`;
    } else if (secret.in === 'header') {
      headers[secret.name] = secret.prefix + webhook.secret;
    } else if (secret.in === 'hmac-sha256') {
      headers[secret.header] = secret.prefix + hmac('sha256', webhook.secret, body ?? '', secret.encoding);
    }
    return { method: request.method, path, headers, body };
  };
}
