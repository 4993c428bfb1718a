/** What a contender needs to reach the hub. */
export interface Ground {
  readonly port: number;
  readonly deviceId: string;
  readonly connectionString: string;
  readonly caFile: string;
  /** An empty folder of its own. */
  readonly folder: string;
}

/** A program and what it is started with. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Something that answers the method `echo`. */
export interface Contender {
  /** For `--contenders`, and in the JSON. */
  readonly id: string;
  readonly name: string;
  /** Runs on Node, so that it can be asked what is inside. */
  readonly isNode: boolean;
  /**
   * Once, before all: installs or builds it, into the folder if it is of this run alone.
   * @returns why it cannot be had here, if so
   */
  prepare(folder: string): string | undefined;
  /** After `prepare`. */
  command(ground: Ground): Command;
}

/** What the small programs beside hubhand are told. */
export const plainEnv = ({ port, deviceId, connectionString, caFile }: Ground) => ({
  CONNECTION_STRING: connectionString,
  CA_FILE: caFile,
  PORT: String(port),
  DEVICE_ID: deviceId,
});
