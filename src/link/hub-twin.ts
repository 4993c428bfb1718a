/** One section of a twin, with the version that each change of it counts up. */
export type TwinSection = Readonly<Record<string, unknown>> & { readonly $version: number };

/** The twin of a device or module as the hub has it. */
export interface TwinDocument {
  readonly desired: TwinSection;
  readonly reported: TwinSection;
}

/** The hub refused what was asked of the twin. */
export class TwinFailure extends Error {
  override readonly name = "TwinFailure";
  /** As of HTTP: 400 malformed, 413 too large, 429 too often, 5xx the hub's own trouble. */
  readonly status: number;

  constructor(status: number) {
    super(`the hub refused a twin request with status ${status}`);
    this.status = status;
  }
}
