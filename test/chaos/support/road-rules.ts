/** `up` is from the agent to the hub, `down` the way back. */
export type Direction = "up" | "down";

/** How a connection is ended: with a FIN, or with an RST. */
export type Cut = "close" | "reset";

/** What the road does to traffic; what is left out it does not do. All of it holds for connections that are open already. */
export interface RoadRules {
  /** New connections are accepted, and then: led to the hub (default), left alone, ended. */
  readonly accept?: "pass" | "silence" | Cut;
  /** Nothing that is sent this way arrives, not even that the other side has gone. */
  readonly blackHole?: Direction | "both";
  /** Milliseconds that everything takes, each way. */
  readonly delay?: number;
  /** Each way, each connection. */
  readonly bytesPerSecond?: number;
  /** After so many bytes one way the connection ends, or nothing more goes that way for good. */
  readonly cutAfter?: { readonly bytes: number; readonly direction: Direction; readonly how: Cut | "stall" };
}
