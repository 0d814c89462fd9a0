/** An own scenario, bundled for k6. */
export interface OwnScenario {
  /** The file's base name. */
  readonly name: string;
  /** As its user named it. */
  readonly file: string;
  readonly bundlePath: string;
}
