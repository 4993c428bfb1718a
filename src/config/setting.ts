import { filePath, type Kind } from "./kinds.ts";

/** One key of the configuration, in the form that convict takes; `kind` and what follows it are our own. */
export interface Setting<T> {
  readonly doc: string;
  /** As a configuration file would hold it: it is read like one. Null: not set, and null is allowed. */
  readonly default: unknown;
  readonly format: (value: unknown) => void;
  readonly nullable: boolean;
  readonly sensitive: boolean;
  readonly kind: Kind<T>;
  /** Environment variables besides the one that follows from the key's path. */
  readonly variables: readonly string[];
  /** Variables that whole machines are set up with: they count if no source of ours says anything. */
  readonly commonVariables: readonly string[];
  /** For a secret: the key that names a file which holds it. */
  readonly file?: string;
}

interface Declaration<D> {
  default: D;
  doc: string;
  variables?: readonly string[];
  commonVariables?: readonly string[];
  file?: string;
}

/** A secret, and the key of a file that holds it. */
export function secret<T>(
  kind: Kind<T>,
  { file, ...declaration }: Omit<Declaration<null>, "default"> & { file: string },
) {
  return setting(kind, { ...declaration, default: null, file });
}

/** A file that holds the secret of that name. */
export function secretFile(what: string) {
  return setting(filePath(), {
    default: null,
    doc: `A file that holds ${what}, such as a Docker or Kubernetes secret. Line ends after it are ignored. It is read again for each session, so it may be renewed.`,
  });
}

/** Declares a key. */
export function setting<T, D>(
  kind: Kind<T>,
  { default: written, doc, variables = [], commonVariables = [], ...rest }: Declaration<D>,
) {
  const made: Setting<unknown> = {
    doc,
    default: written,
    format: kind.check,
    nullable: written === null,
    sensitive: kind.hidden ?? false,
    kind: kind as Kind<unknown>,
    variables,
    commonVariables,
    ...rest,
  };
  return made as Setting<D extends null ? T | null : T>;
}
