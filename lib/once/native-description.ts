import { purposeHeader } from '../../contract/journal/outcomes.ts';
import { roles } from '../../contract/plan/roles.ts';
import { knowsReplays } from '../../contract/request/answer.ts';
import { compileRequest, compileUnproven } from '../../contract/request/request-program.ts';
import type { Environment } from '../environment.ts';

/** What the Go module k6/x/webhook is opened with, as JSON: the profile compiled, and the run's settings. See config in k6/sender/program.go. */
export function nativeDescription({ baseUrl, profile, sizes, trust }: Environment): string {
  return JSON.stringify({
    baseUrl,
    caPem: trust.ca ?? '',
    httpVersion: profile.request.httpVersion,
    timeoutMs: sizes.REQUEST_TIMEOUT_MS,
    purposeHeader,
    healthPath: profile.monitoring.health ?? '/',
    request: compileRequest(profile, baseUrl),
    unproven: compileUnproven(profile, baseUrl),
    answers: profile.answers,
    hashesAnswers: knowsReplays(profile),
    comparesAnswers: profile.idempotency.kind === 'ttl',
    oneEffectCodes: [roles['idempotency.changed-payload'].code],
  });
}
