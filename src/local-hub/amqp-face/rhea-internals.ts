import type { Duplex } from "node:stream";
import rhea, { type Connection, type Container, type Sender } from "rhea";

/**
 * All that we lean on in rhea beyond its types, in one file: its version is exact, and the tests of the AMQP face fail if
 * one of these goes away.
 */
interface Mechanisms {
  enable_anonymous(): void;
  enable_plain(check: (userName: string, password: string) => boolean): void;
  [name: string]: unknown;
}

/** By SASL a client says who it is (PLAIN), or that it will say so by a token (the others), or leaves SASL out. */
export function createServerContainer(options: {
  id: string;
  /** Whether this is a password. */
  checkPlain: (userName: string, password: string) => boolean;
}): Container {
  const container = rhea.create_container({
    id: options.id,
    // What comes is accepted once it is in its device's queue.
    receiver_options: { autoaccept: false, credit_window: 50 },
  });
  const mechanisms = container.sasl_server_mechanisms as Mechanisms;
  mechanisms.enable_anonymous();
  mechanisms.enable_plain(options.checkPlain);
  // Microsoft's own name for "by a token".
  mechanisms.MSSBCBS = () => ({ outcome: true, username: "anonymous", start() {} });
  return container;
}

/**
 * Serves a client on this stream. rhea takes the end of a stream for the end of its connection, and stops its timers then:
 * it is told when the stream is closed, which comes of a broken one too.
 */
export function serve(container: Container, stream: Duplex, remote: string): Connection {
  const socket = {
    on(event: "data" | "error" | "end", listener: (value?: unknown) => void) {
      if (event === "end") stream.once("close", () => listener());
      else stream.on(event, listener);
    },
    write: (data: Buffer) => stream.writable && stream.write(data),
    end: () => stream.end(),
    get_id_string: () => remote,
  };
  const connection = container.create_connection({ reconnect: false });
  ignoreStragglers(connection as unknown as ConnectionInternals);
  return (connection as unknown as { accept(socket: unknown): Connection }).accept(socket);
}

interface Frame {
  channel: number;
  performative: { handle?: number };
}

interface ConnectionInternals {
  remote_channel_map: Record<number, { remote: { handles: Record<number, unknown> } } | undefined>;
  on_flow(frame: Frame): void;
  on_disposition(frame: Frame): void;
}

/**
 * A client that closes in the midst of events, as that of Event Hubs does, still says what it has room for, and what it
 * took, of a session that it has ended. rhea would end the connection for it.
 */
function ignoreStragglers(connection: ConnectionInternals): void {
  for (const name of ["on_flow", "on_disposition"] as const) {
    const take = connection[name].bind(connection);
    connection[name] = (frame) => {
      const session = connection.remote_channel_map[frame.channel];
      const { handle } = frame.performative;
      const isThere =
        handle === undefined || handle === null || session?.remote.handles[handle] !== undefined;
      if (session !== undefined && isThere) take(frame);
    };
  }
}

/**
 * Does it when the link's own attach is out: a client may grant credit with the very packet that opens the link, and rhea
 * writes what is sent before what is opened.
 */
export function onceAttached(work: () => void): void {
  setImmediate(work);
}

/**
 * Whether this sender, that has been given `sent` messages, has credit for one more. rhea counts only what has gone out, and
 * a message beyond the credit would hold up all that comes after it in its session, answers of other nodes too.
 */
export function hasCredit(sender: Sender, sent: number): boolean {
  const { credit, delivery_count } = sender as unknown as { credit: number; delivery_count: number };
  return sender.sendable() && credit + delivery_count > sent;
}

/** The name by which a client has called the hub, without port. */
export function hostNameCalled(connection: Connection): string | undefined {
  const { remote } = connection as unknown as { remote: { open?: { hostname?: string | null } } };
  return remote.open?.hostname?.replace(/:\d+$/, "");
}

/** rhea throws, or writes to the console, what nobody listens to. */
export function onFault(container: Container, listener: (error: unknown) => void): void {
  container.on("error", listener);
  container.on("protocol_error", listener);
  for (const name of ["connection_error", "session_error", "receiver_error", "sender_error"]) {
    container.on(name, () => {});
  }
  for (const name of ["connection_close", "session_close", "receiver_close", "disconnected"]) {
    container.on(name, () => {});
  }
}
