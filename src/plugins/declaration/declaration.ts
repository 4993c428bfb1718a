import type { PluginOutline } from "../outline.ts";

/** A program that answers: started for each call (`executable`), or once (`daemon`). */
export interface CommandDeclaration extends PluginOutline {
  readonly name: string;
  readonly kind: "executable" | "daemon";
  /** The program and its arguments; the program's path is absolute, or a name to be found in PATH. Never a shell's line. */
  readonly command: readonly [string, ...string[]];
  /** Where it runs; absolute. */
  readonly directory: string;
  /** Variables besides the few that every child gets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Name or number of the user and group that it runs as; only root can give another. */
  readonly user?: string | number;
  readonly group?: string | number;
}

/** A service elsewhere: each call is POSTed to it. */
export interface HttpDeclaration extends PluginOutline {
  readonly name: string;
  readonly kind: "http";
  /** May hold `{method}`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type Declaration = CommandDeclaration | HttpDeclaration;
