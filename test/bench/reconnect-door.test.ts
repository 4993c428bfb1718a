import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, it } from "vitest";
import { type Door, makeDoor } from "../../bench/reconnect/door.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

/** A hub that sends back what it gets, behind a door. */
async function echoBehindDoor(): Promise<Door> {
  const hub = createServer((socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  hub.listen(0, "127.0.0.1");
  await once(hub, "listening");
  cleanUp.add(() => hub.close());
  const door = await makeDoor((hub.address() as AddressInfo).port);
  cleanUp.add(() => door.shut().catch(() => {}));
  return door;
}

async function enter(door: Door): Promise<Socket> {
  const device = connect({ port: door.port, host: "127.0.0.1" });
  cleanUp.add(() => device.destroy());
  await once(device, "connect");
  return device;
}

async function isAnswered(device: Socket): Promise<boolean> {
  const answered = once(device, "data");
  device.write("?");
  return (await answered)[0].toString() === "?";
}

it("a cut ends the connection, and the next one is let in", async () => {
  const door = await echoBehindDoor();
  const device = await enter(door);
  expect(await isAnswered(device)).toBe(true);
  const closed = once(device, "close");
  door.cut();
  await closed;
  expect(await isAnswered(await enter(door))).toBe(true);
});

it("while it is shut connections are refused", async () => {
  const door = await echoBehindDoor();
  await door.shut();
  await expect(enter(door)).rejects.toThrow("ECONNREFUSED");
  await door.open();
  expect(await isAnswered(await enter(door))).toBe(true);
});

it("a connection that fell silent stays until the device ends it", async () => {
  const door = await echoBehindDoor();
  const device = await enter(door);
  expect(await isAnswered(device)).toBe(true);
  let isOver = false;
  device.on("data", () => expect.unreachable("it is silent"));
  const noticed = door.fallSilent().then(() => {
    isOver = true;
  });
  device.write("?");
  // The next one is let in meanwhile, and what it is told was sent after the question.
  expect(await isAnswered(await enter(door))).toBe(true);
  expect(isOver).toBe(false);
  device.end();
  await noticed;
});
