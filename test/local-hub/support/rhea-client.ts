import { once } from "node:events";
import rhea, { type Connection, type EventContext, type Message, type Sender } from "rhea";
import { onTestFinished } from "vitest";
import type { LocalHub } from "../../../src/local-hub/index.ts";

/** An AMQP client by hand, that ends with the test; with a password it logs in by SASL PLAIN, else without SASL. */
export function connectAmqp(hub: LocalHub, password?: string): Connection {
  const container = rhea.create_container();
  for (const name of ["disconnected", "error", "receiver_close", "sender_close"])
    container.on(name, () => {});
  const login = password === undefined ? {} : { username: "iothubowner@sas.root.localhost", password };
  const connection = container.connect({
    transport: "tls",
    host: "localhost",
    port: hub.amqpPort,
    ca: hub.ca,
    reconnect: false,
    ...login,
  } as never);
  onTestFinished(() => void connection.close());
  return connection;
}

/** The answer of a node that takes requests, `$cbs` or `$management`. */
export async function ask(connection: Connection, node: string, request: Partial<Message>): Promise<Message> {
  const answers = rhea.generate_uuid();
  const receiver = connection.open_receiver({ source: node, target: answers });
  const sender: Sender = connection.open_sender(node);
  await once(sender, "sendable");
  sender.send({ message_id: "1", reply_to: answers, ...request } as Message);
  const [{ message }] = (await once(receiver, "message")) as [EventContext];
  return message as Message;
}
