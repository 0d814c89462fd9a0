import { Column } from './column.ts';

const maxCount = 0xff;

/** How often each signal stands on that webhook's read-back page that holds it most often. Pages come one after the other. */
export class EffectsOnPage {
  /** Of the webhook whose page holds it last, plus one. */
  private readonly webhooks = new Column(Uint16Array);
  private readonly here = new Column(Uint8Array);
  private readonly highest = new Column(Uint8Array);

  add(signal: number, webhook: number): void {
    const isSamePage = this.webhooks.get(signal) === webhook + 1;
    const here = Math.min(maxCount, (isSamePage ? this.here.get(signal) : 0) + 1);
    this.webhooks.set(signal, webhook + 1);
    this.here.set(signal, here);
    if (here > this.highest.get(signal)) this.highest.set(signal, here);
  }

  of(signal: number): number {
    return this.highest.get(signal);
  }

  /** Says what was counted elsewhere. */
  set(signal: number, count: number): void {
    this.highest.set(signal, count);
  }
}
