import { stringify } from "yaml";
import type { Enrolment, LocalProvisioning } from "../../local-hub/index.ts";
import { configurationOf } from "./provisioning.ts";

/** What a person wants to paste of the provisioning service: above all a configuration for each enrolment. */
export function provisioningParagraphs(
  service: LocalProvisioning,
  { caFile }: { caFile: string },
): string[][] {
  const { enrolments } = service;
  const all = [...enrolments.list("individual"), ...enrolments.list("group")];
  const first = enrolments.list("individual")[0]?.id ?? "<registration id>";
  return [
    [
      `provisioning  ${service.endpoint} (MQTT over TLS)`,
      `              localhost:${service.httpsPort} (REST over HTTPS; devices: MQTT over WebSockets)`,
      `id scope      ${service.idScope}`,
    ],
    [
      "Service connection string of the provisioning service:",
      `  ${service.serviceConnectionString}`,
      `  curl --cacert ${caFile} -H 'Authorization: ${service.serviceToken()}' \\`,
      `    'https://localhost:${service.httpsPort}/enrollments/${first}?api-version=2021-10-01'`,
    ],
    ...all.map((enrolment) => [headingOf(enrolment), ...configurationLines(enrolment, { service, caFile })]),
    ...(all.length === 0 ? [["Nothing is enrolled yet: --enrolment <id> enrols a device."]] : []),
  ];
}

function headingOf({ kind, id }: Enrolment): string {
  const what = kind === "individual" ? `device that registers as ${id}` : `device of the group ${id}`;
  return `Configuration of hubhand as a ${what}:`;
}

function configurationLines(
  enrolment: Enrolment,
  { service, caFile }: { service: LocalProvisioning; caFile: string },
): string[] {
  const { provisioning } = configurationOf(enrolment, service).hub;
  const group = enrolment.kind === "group" ? { registrationId: "<its registration id>" } : {};
  const files =
    enrolment.attestation.kind === "symmetricKey"
      ? {}
      : { certificateFile: "<its certificate>", certificateKeyFile: "<its private key>" };
  const { httpsPort } = service;
  // No setting: the agent would look for the hub's WebSockets there, once it has one.
  const hint =
    httpsPort === 443 ? "" : `# hubhand check asks the service with --link-web-socket-port ${httpsPort}\n`;
  const text = hint + stringify({ hub: { caFile, ...files, provisioning: { ...group, ...provisioning } } });
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}`);
}
