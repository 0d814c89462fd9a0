import { placeholdersIn } from './placeholders.ts';
import type { TargetProfile } from './profile.ts';

const isJson = (contentType: string): boolean => /^application\/([\w.-]+\+)?json\b/i.test(contentType);

/** Whether the same body can be written with other white space, which a signature over its bytes tells apart. */
export function isRespaceable({ request, secret }: TargetProfile): boolean {
  const { method, body, contentType } = request;
  if (secret.in !== 'signature' || !placeholdersIn(secret.signed).includes('body')) return false;
  return method !== 'GET' && typeof body !== 'string' && Object.keys(body).length > 0 && isJson(contentType);
}
