import type { Outstanding } from '../../contract/journal/drain.ts';
import type { PagesRead } from '../../contract/request/pages.ts';
import type { ByUrl } from '../../contract/request/readback-page.ts';
import { environment } from '../environment.ts';
import { recordEffect, recordRead, warnUndrained, warnUnread } from '../recorded-readback.ts';
import type { RunData } from '../run-data.ts';
import type { Look } from '../sent-request.ts';
import { lookAtEffects } from '../webhook-client.ts';
import { alsoToldOf, askedWebhooks, passWebhook } from './read-webhook.ts';
import { readBack } from './readback.ts';
import { Poller, type Reader } from './readback-poller.ts';

/** Holds one page, and counts. */
class PassingReader implements Reader<PagesRead> {
  private look: Look | null = null;
  private effects = 0;

  constructor(
    private readonly how: ByUrl,
    private readonly run: RunData,
  ) {}

  begin(): void {
    this.effects = 0;
    // Nobody here knows what others were promised.
    this.look = this.run.isShared ? null : lookAtEffects();
  }

  read(index: number): PagesRead | null {
    return passWebhook(this.how, this.run, index, (page) => {
      const own = page.flatMap(({ id }) => (id.startsWith(`${this.run.runTag}-`) ? [id] : []));
      this.effects += own.length;
      this.look?.see(own);
    });
  }

  seenIn(): { readonly effects: number; readonly outstanding: Outstanding | null } {
    return { effects: this.effects, outstanding: this.look?.left() ?? null };
  }

  recorded(): void {}
}

/**
 * k6's teardown() of a scenario that may have millions of effects, as `readBack`: polls count them, and when nothing more comes one more
 * reading records them, page by page.
 */
export function readBackByPage(run: RunData): void {
  const how = environment.profile.readback;
  if (how.kind !== 'url') return;
  // Of a few signals, several generators tell one another what they were promised, and all are looked up at once.
  if (run.elsewhere !== undefined) {
    readBack(run);
    return;
  }
  const poller = new Poller(run, new PassingReader(how, run));
  const state = poller.untilDrained(how);
  warnUndrained(state);
  const isOver = state === 'complete' || state === 'settled';
  let isRead = false;
  for (const [place, index] of askedWebhooks(run).entries()) {
    const read =
      poller.reads[place] === null
        ? null
        : passWebhook(how, run, index, (page) => {
            for (const effect of page) recordEffect(index, effect);
          });
    if (read === null) warnUnread(index);
    else if (isOver) recordRead(index, read.count, read.total);
    if (place === 0) isRead = read !== null;
  }
  if (isRead && isOver) for (const index of alsoToldOf(run)) recordRead(index, 0, null);
}
