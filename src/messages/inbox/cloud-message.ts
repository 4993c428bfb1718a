/** A cloud-to-device message, or one at an input of a module, as it came from the hub. */
export interface CloudMessage {
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** The application properties. */
  readonly properties: Readonly<Record<string, string>>;
  /** The input of a module that it came to; undefined for a device. */
  readonly input: string | undefined;
  readonly body: Uint8Array;
}
