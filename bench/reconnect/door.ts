import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { lastingPort } from "../../test/support/lasting-port.ts";

/** One device's way to the hub, which can be broken without the hub or any other device. */
export interface Door {
  readonly port: number;
  /** Ends the connection; the next one is let in at once. */
  cut(): void;
  /** Ends the connection, and refuses others until `open`. */
  shut(): Promise<void>;
  open(): Promise<void>;
  /**
   * What the device sends from now on is taken and goes nowhere, and nothing comes: nobody tells it that the hub is gone.
   * Resolves when the device has ended the connection. The next one is let in.
   */
  fallSilent(): Promise<void>;
}

export async function makeDoor(hubPort: number): Promise<Door> {
  const port = await lastingPort();
  let inside: { device: Socket; hub: Socket } | undefined;

  const server = createServer({ noDelay: true }, (device) => {
    const hub = connect({ port: hubPort, host: "127.0.0.1", noDelay: true });
    inside = { device, hub };
    for (const [socket, other] of [
      [device, hub],
      [hub, device],
    ] as const) {
      socket.on("error", () => {});
      socket.on("close", () => other.destroy());
      socket.pipe(other);
    }
  });
  const cut = (): void => {
    inside?.device.destroy();
  };
  const open = async (): Promise<void> => {
    server.listen({ port, host: "127.0.0.1" });
    await once(server, "listening");
  };
  await open();

  return {
    port,
    cut,
    open,
    async shut() {
      const closed = once(server, "close");
      server.close();
      cut();
      await closed;
    },
    async fallSilent() {
      if (inside === undefined) throw new Error("there is no connection that could fall silent");
      const { device, hub } = inside;
      hub.removeAllListeners("close");
      device.unpipe(hub);
      hub.destroy();
      device.resume();
      await once(device, "close");
    },
  };
}
