import { ledgerIds } from '../../contract/plan/signal-id.ts';
import { lazy } from '../../contract/profile/lazy.ts';
import { isReadAtOnce } from '../../contract/profile/read-at-once.ts';
import { allPages, eachPage, type Page, type PagesRead } from '../../contract/request/pages.ts';
import { type ByUrl, type Effect, pageIn, pageRequest } from '../../contract/request/readback-page.ts';
import { environment } from '../environment.ts';
import type { RunData } from '../run-data.ts';
import { request } from '../webhook-client.ts';

export type Read = Omit<Page<Effect>, 'next'>;

/** Made when it is first needed: only the VUs that read back need it. */
const ledgerId = lazy(() => ledgerIds(environment.profile));
const isOneList = lazy(() => isReadAtOnce(environment.profile));

/** The second tenant's webhook, if its list is another than that of the first tenant's; else none. */
const askedApart = ({ otherTenant }: RunData): readonly number[] =>
  otherTenant === null || environment.secondReadbackToken === '' ? [] : [otherTenant.index];

/** Webhooks whose lists are read: the first one's, where it tells of all of its tenant. */
export const askedWebhooks = (run: RunData): readonly number[] =>
  isOneList() ? [0, ...askedApart(run)] : run.webhooks.map((_, index) => index);

/** Webhooks of which the first one's list tells, too. */
export function alsoToldOf(run: RunData): readonly number[] {
  const asked = askedWebhooks(run);
  return run.webhooks.map((_, index) => index).filter((index) => !asked.includes(index));
}

/** Asks for pages of what the target tells of one webhook; a page is null if it is not what the profile promises. */
function pagesOf(how: ByUrl, run: RunData, index: number): (after: string) => Page<Effect> | null {
  const { webhooks, runTag, otherTenant } = run;
  const isOther = otherTenant?.index === index;
  const accessToken = isOther ? otherTenant.accessToken : run.accessToken;
  const readbackToken = (isOther ? environment.secondReadbackToken : '') || environment.readbackToken;
  return (after) => {
    const asker = { token: '', secret: '', ...webhooks[index], accessToken, readbackToken };
    const answer = request({
      purpose: 'readback',
      name: 'GET signals',
      ...pageRequest(how, asker, after),
      webhook: index,
    });
    return answer.outcome === 'accepted'
      ? pageIn(how, answer.body, ledgerId(), { runTag, webhook: isOneList() ? null : index })
      : null;
  };
}

/** All that the target tells of one webhook; null if an answer is not what the profile promises. */
export const readWebhook = (how: ByUrl, run: RunData, index: number): Read | null => allPages(pagesOf(how, run, index));

/** The same page by page, of which none is held. */
export const passWebhook = (
  how: ByUrl,
  run: RunData,
  index: number,
  take: (effects: readonly Effect[]) => void,
): PagesRead | null => eachPage(pagesOf(how, run, index), take);
