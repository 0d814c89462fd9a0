import { isForm } from './is-form.ts';
import {
  placeholdersIn,
  signatureHeaderPlaceholders,
  signedPlaceholders,
  unknownHeaderWords,
  unknownWords,
} from './placeholders.ts';
import type { Signature, TargetProfile } from './profile.ts';
import { toldBy } from './unknown-field.ts';

type Request = TargetProfile['request'];

/** What both sides of a connection write in the same way: sender and server agree on a URL only if nothing in it is escaped on the way. */
const plainUrl = /^[\w\-.~/?%&=+,:;@$!*'(){}]*$/;

/** What contradicts itself in a signature, or the request that it signs, as `path: what is wrong`. */
export function signatureProblems(secret: Signature, request: Request): string[] {
  return toldBy(
    () => unknownWords('secret.signed', secret.signed, signedPlaceholders),
    () => unknownHeaderWords('secret.headers', secret.headers, signatureHeaderPlaceholders),
    () => ofSignature(secret),
    () => ofHeaders(secret, request),
    () => ofSigned(placeholdersIn(secret.signed), request),
    () => ofTimes(secret),
  );
}

const ofSignature = ({ headers }: Signature): string[] =>
  placeholdersIn(headers).includes('signature') ? [] : ['secret.headers: none of them holds {signature}'];

function ofHeaders({ headers }: Signature, request: Request): string[] {
  const names = Object.keys(headers);
  const ofRequest = Object.keys(request.headers).map((name) => name.toLowerCase());
  return names
    .filter((name) => ofRequest.includes(name.toLowerCase()))
    .map((name) => `secret.headers.${name}: stands in request.headers, too; leave one out`);
}

function ofSigned(words: readonly string[], { method, body, contentType, path }: Request): string[] {
  const problems: string[] = [];
  const noBody = method === 'GET' ? words.filter((word) => word === 'body' || word === 'params') : [];
  problems.push(
    ...noBody.map((word) => `secret.signed: must not hold {${word}} if method is GET: there is no body to sign`),
  );
  if (words.includes('params') && method !== 'GET' && (typeof body === 'string' || !isForm(contentType))) {
    problems.push(
      'secret.signed: {params} are the fields of a form: request.body must be an object, and request.contentType application/x-www-form-urlencoded',
    );
  }
  if ((words.includes('url') || words.includes('path')) && !plainUrl.test(path)) {
    problems.push(
      'request.path: holds a character that must be escaped in a URL, and secret.signed signs it: write it as %XX',
    );
  }
  return problems;
}

function ofTimes({ signed, headers, toleranceSeconds }: Signature): string[] {
  const isSigned = placeholdersIn(signed).includes('timestamp');
  const isSent = placeholdersIn(headers).includes('timestamp');
  const problems: string[] = [];
  if (isSigned && !isSent) {
    problems.push(
      'secret.headers: none of them holds {timestamp}, which secret.signed does: the server could not know it',
    );
  }
  if (placeholdersIn(signed).includes('request_id') && !placeholdersIn(headers).includes('request_id')) {
    problems.push(
      'secret.headers: none of them holds {request_id}, which secret.signed does: the server could not know it',
    );
  }
  if (toleranceSeconds !== null && !isSent) {
    problems.push(
      'secret.toleranceSeconds: must be null if no header holds {timestamp}: the server could not know the age',
    );
  }
  return problems;
}
