/** A message to the hub, ready to go; what is undefined is left out. */
export interface MessageToHub {
  /** The same for each attempt to deliver it. */
  readonly messageId: string;
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly correlationId: string | undefined;
  /** The output of a module that it leaves by. */
  readonly output: string | undefined;
  /** The Plug and Play component that it is of. */
  readonly component?: string | undefined;
  /** The application's own. */
  readonly properties: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** A cloud-to-device message, or one at an input of a module. */
export interface MessageFromHub {
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** The application's own; one that has a name only is an empty text. */
  readonly properties: Readonly<Record<string, string>>;
  /** The input of a module that it came to; undefined for a device. */
  readonly input: string | undefined;
  readonly body: Uint8Array;
}
