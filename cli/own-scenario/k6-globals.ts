/**
 * The globals of k6 that `@types/k6` leaves to the DOM's types. With those, `open` would be a browser's, and `document` would pass.
 * Source: go.k6.io/k6/v2, internal/js/bundle.go: registerGlobals and setupJSRuntime.
 */
export const k6Globals = `
type Log = (...values: unknown[]) => void;
declare const console: { log: Log; debug: Log; info: Log; warn: Log; error: Log };
declare function setTimeout(callback: (...values: any[]) => void, ms?: number, ...values: unknown[]): number;
declare function setInterval(callback: (...values: any[]) => void, ms?: number, ...values: unknown[]): number;
declare function clearTimeout(id: number | undefined): void;
declare function clearInterval(id: number | undefined): void;
declare const crypto: { randomUUID(): string; getRandomValues<T extends ArrayBufferView>(into: T): T; readonly subtle: any };
declare class TextEncoder { encode(text?: string): Uint8Array<ArrayBuffer> }
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: ArrayBuffer | ArrayBufferView): string;
}
`;
