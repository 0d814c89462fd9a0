import { fieldOf, parsed } from '../../contract/request/json-answer.ts';

const maxLength = 160;

/** What a server says of a request that it refuses, made harmless for a terminal; null if it says nothing in a known form. */
export function complaintIn(body: string, redact: (text: string) => string): string | null {
  const said = saidIn(parsed(body));
  return said === null ? null : harmlessText(said, redact, maxLength) || null;
}

/** A text for a terminal: without secrets and control characters, and not too long. */
export function harmlessText(said: string, redact: (text: string) => string, max: number): string {
  const text = redact(said)
    .replace(/[^\x20-\x7e\u00a0-\ufdff]+/g, ' ')
    .trim();
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

/** FastAPI's list of what is wrong with which field, else a text under a usual name. */
function saidIn(answer: unknown): string | null {
  const detail = fieldOf(answer, 'detail');
  if (Array.isArray(detail)) {
    const wrong = (detail as unknown[]).flatMap((item) => {
      const [place, message] = [fieldOf(item, 'loc'), fieldOf(item, 'msg') ?? fieldOf(item, 'message')];
      const at = Array.isArray(place) ? place.map(String).join('.') : fieldOf(item, 'field');
      return typeof message === 'string' ? [`${typeof at === 'string' ? `${at}: ` : ''}${message}`] : [];
    });
    return wrong.length === 0 ? null : wrong.join('; ');
  }
  const texts = ['detail', 'message', 'error.message', 'error', 'title', 'reason'].map((name) => fieldOf(answer, name));
  return texts.find((text) => typeof text === 'string') ?? null;
}
