import type { LocalHub } from "../../local-hub/index.ts";

/** What a person who has just started a hub wants to paste elsewhere. */
export function introduction(
  hub: LocalHub,
  options: {
    /** Connection strings by device id, and by `device/module`. */
    devices: Readonly<Record<string, string>>;
    modules: Readonly<Record<string, string>>;
    caFile: string;
    hostNames: readonly string[];
    /** Of what runs beside the hub. */
    more: readonly string[][];
  },
): string {
  const { caFile, hostNames } = options;
  const kept =
    hub.caFile === undefined ? ", until it stops; --data-dir <folder> keeps it, and the devices" : "";
  return paragraphs([
    ["hubhand local hub: an IoT Hub on this machine."],
    [
      `devices   localhost:${hub.mqttPort} (MQTT over TLS, listening on ${hub.host})`,
      `services  localhost:${hub.httpsPort} (REST over HTTPS; devices: MQTT over WebSockets)`,
      `          localhost:${hub.amqpPort} (AMQP over TLS)`,
      `CA        ${caFile}${kept}`,
      ...hostNames.map((name) => `also as   ${name} (put it in place of localhost)`),
    ],
    ["Service connection string:", `  ${hub.serviceConnectionString}`],
    ["Connection string of the Event Hub with what devices send:", `  ${hub.eventHubConnectionString}`],
    ...Object.entries(options.devices).map(([id, text]) => [
      `Connection string of device ${id}:`,
      `  ${text}`,
    ]),
    ...Object.entries(options.modules).map(([id, text]) => [
      `Connection string of module ${id}:`,
      `  ${text}`,
    ]),
    trust(hub, caFile),
    ...options.more,
    nextSteps(hub, options),
    ["Ctrl-C stops it."],
  ]);
}

/** How a client of each kind is told to trust the hub's authority; docs/local-hub/connect.md says which ports each can reach. */
function trust(hub: LocalHub, caFile: string): string[] {
  return [
    "Trust its CA:",
    `  Node    NODE_EXTRA_CA_CERTS=${caFile} node app.js`,
    `  Python  create_from_connection_string(…, server_verification_cert=open("${caFile}").read())`,
    `  C#      SSL_CERT_FILE=${caFile} dotnet run`,
    "curl, with a token that is good for a day:",
    `  TOKEN='${hub.serviceToken()}'`,
    `  curl --cacert ${caFile} -H "Authorization: $TOKEN" 'https://localhost:${hub.httpsPort}/devices?api-version=2021-04-12'`,
  ];
}

function nextSteps(
  hub: LocalHub,
  { devices, caFile }: { devices: Readonly<Record<string, string>>; caFile: string },
): string[] {
  const [first] = Object.entries(devices);
  const [id, connectionString] = first ?? ["<device>", "<its connection string>"];
  return [
    ...(first === undefined ? ["No device yet: --device <id> makes one.", ""] : []),
    "Run the agent as a device, in another terminal:",
    `  HUBHAND_CONNECTION_STRING='${connectionString}' \\`,
    // The one that `hubhand check` asks, and that the agent falls back to.
    ...(hub.httpsPort === 443 ? [] : [`  HUBHAND_LINK_WEB_SOCKET_PORT=${hub.httpsPort} \\`]),
    `  HUBHAND_HUB_CA_FILE=${caFile} npx hubhand run`,
    "Call it, in a third:",
    `  IOTHUB_CONNECTION_STRING='${hub.serviceConnectionString}' \\`,
    `  npx hubhand call --ca-file ${caFile} ${id} hubhand.ping`,
  ];
}

function paragraphs(texts: readonly string[][]): string {
  return `${texts.map((lines) => `${lines.join("\n")}\n`).join("\n")}\n`;
}
