// k6 has a console of its own; its types leave it to the DOM library, which would let browser globals in.
declare const console: { warn(message: string): void };
