/** Which authorities to trust for the hub; asked for each session, as the file may be renewed. */
export interface Trust {
  readonly files: readonly string[];
  /** PEM text; undefined for those that Node trusts. */
  read(): Promise<string | undefined>;
}

/** Trusts one PEM text for ever, or what Node trusts. */
export function fixedTrust(ca?: string): Trust {
  return { files: [], read: async () => ca };
}
