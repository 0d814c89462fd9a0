import { Column } from './column.ts';

const maxCount = 0xff;

/** How often each signal stands on that webhook's read-back page that holds it most often. Pages come one after the other. */
export class MostOnPage {
  /** Of the webhook whose page holds it last, plus one. */
  private readonly webhooks = new Column(Uint16Array);
  private readonly here = new Column(Uint8Array);
  private readonly most = new Column(Uint8Array);

  add(signal: number, webhook: number): void {
    const isSamePage = this.webhooks.get(signal) === webhook + 1;
    const here = Math.min(maxCount, (isSamePage ? this.here.get(signal) : 0) + 1);
    this.webhooks.set(signal, webhook + 1);
    this.here.set(signal, here);
    if (here > this.most.get(signal)) this.most.set(signal, here);
  }

  of(signal: number): number {
    return this.most.get(signal);
  }

  /** Says what was counted elsewhere. */
  set(signal: number, most: number): void {
    this.most.set(signal, most);
  }
}
