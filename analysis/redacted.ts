import type { Picture } from '../contract/report/pictures.ts';
import type { Finding, Gap, Report } from '../contract/report/report.ts';

/** Hides secrets in a text: contract/journal/redaction.ts. */
export type Redact = (text: string) => string;

/** A finding without secrets: what a rule says may quote a log, an address or an error, and its own bug may quote anything. */
export function redactedFinding(finding: Finding, redact: Redact): Finding {
  const { title, summary, thresholds, evidence, advice, parts, pictures } = finding;
  const orNull = (text: string | null): string | null => (text === null ? null : redact(text));
  return {
    ...finding,
    title: redact(title),
    summary: redact(summary),
    thresholds: { pass: redact(thresholds.pass), warn: orNull(thresholds.warn), fail: orNull(thresholds.fail) },
    evidence: evidence.map(redact),
    advice: advice.map(redact),
    parts: parts.map((part) => ({ ...part, summary: redact(part.summary) })),
    ...(pictures === undefined ? {} : { pictures: pictures.map((picture) => redactedPicture(picture, redact)) }),
  };
}

function redactedPicture(picture: Picture, redact: Redact): Picture {
  const marked = <T extends { readonly id: string; readonly mark: string | null }>(request: T): T => ({
    ...request,
    id: redact(request.id),
    mark: request.mark === null ? null : redact(request.mark),
  });
  const title = redact(picture.title);
  switch (picture.kind) {
    case 'window': {
      const window = { ...picture.window, label: redact(picture.window.label) };
      return { ...picture, title, window, requests: picture.requests.map(marked) };
    }
    case 'growth':
      return { ...picture, title, process: redact(picture.process) };
    case 'signal':
      return { ...picture, title, signal: redact(picture.signal), requests: picture.requests.map(marked) };
    case 'end':
      return { ...picture, title, process: redact(picture.process), log: picture.log.map(redact) };
    case 'slowest': {
      const requests = picture.requests.map((request) => ({ ...request, id: redact(request.id) }));
      return { ...picture, title, requests };
    }
  }
}

export const redactedGap = ({ file, problem }: Gap, redact: Redact): Gap => ({ file, problem: redact(problem) });

export const redactedAlert = (alert: Report['alerts'][number], redact: Redact): Report['alerts'][number] => ({
  ...alert,
  message: redact(alert.message),
});
