import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { type ProvisioningFlags, startProvisioningBy } from "../../../src/commands/hub/provisioning.ts";
import { writeProvisioningFiles } from "../../../src/commands/hub/provisioning-files.ts";
import { provisioningParagraphs } from "../../../src/commands/hub/provisioning-introduction.ts";
import type { HubhandError } from "../../../src/errors.ts";
import type { LocalHubOptions } from "../../../src/local-hub/index.ts";
import { startTestHub } from "../../local-hub/support/hub.ts";
import { register } from "../../local-hub/support/provisioning.ts";
import { provisioningClient } from "../../local-hub/support/provisioning-rest.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
const ANY_PORT = ["--mqtt-port", "0", "--https-port", "0"];
const KEY = Buffer.alloc(32, 1).toString("base64");

function startHub(args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, "hub", ...ANY_PORT, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { nextLine: async () => String((await lines.next()).value) };
}

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hub-provisioning-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "enrolments.yaml");
  await writeFile(path, text);
  return path;
}

test("flags and files enrol, and --json tells each enrolment's configuration and how services come in", async () => {
  const file = await fileWith(`
    enrollments:
      - registrationId: dev2
        deviceId: pump-7
        attestation: { type: symmetricKey, symmetricKey: { primaryKey: ${KEY} } }
        etag: '"00000000"'
    enrollmentGroups: [{ enrollmentGroupId: mill, attestation: { type: symmetricKey } }]
  `);
  const hub = startHub([
    ...["--json", "--id-scope", "0ne00AB12CD", "--enrolments", file],
    ...["--enrolment", `dev1=${KEY}`, "--enrolment-group", "fleet"],
  ]);
  const listening = JSON.parse(await hub.nextLine());
  const { provisioning, ca } = listening;
  const service = { idScope: "0ne00AB12CD", endpoint: provisioning.endpoint };
  expect(provisioning).toEqual({
    ...service,
    endpoint: `localhost:${provisioning.mqttPort}`,
    mqttPort: expect.any(Number),
    httpsPort: expect.any(Number),
    serviceConnectionString: expect.stringContaining("SharedAccessKeyName=provisioningserviceowner"),
    enrolments: {
      dev1: { hub: { provisioning: { ...service, registrationId: "dev1", key: KEY } } },
      dev2: { hub: { provisioning: { ...service, registrationId: "dev2", key: KEY } } },
    },
    enrolmentGroups: {
      fleet: { hub: { provisioning: { ...service, groupKey: expect.any(String) } } },
      mill: { hub: { provisioning: { ...service, groupKey: expect.any(String) } } },
    },
  });
  const started = { hub: { ca }, provisioning };
  const assigned = await register({ ...started, registrationId: "dev2", proof: { key: KEY } });
  expect(assigned).toMatchObject({ assignedHub: `localhost:${listening.mqttPort}`, deviceId: "pump-7" });
  const { responseBody } = await provisioningClient(started).getIndividualEnrollment("dev2");
  expect(responseBody.registrationState).toMatchObject({ status: "assigned" });
});

/** As the verb does once its hub is up. */
async function startBy(flags: Partial<ProvisioningFlags>, options: LocalHubOptions = {}) {
  const { hub } = await startTestHub(options);
  const none = { enrolment: [], enrolmentGroup: [], enrolments: [], provisioningAuthority: [], hostName: [] };
  const ports = { mqttPort: 0, httpsPort: 0 };
  return startProvisioningBy(hub, { ...none, ...ports, ...flags });
}

test("to a person it tells each configuration as hubhand reads it", async () => {
  const service = await startBy({ enrolment: ["dev1"], enrolmentGroup: ["fleet"] });
  const paragraphs = service ? provisioningParagraphs(service, { caFile: "/ca.pem" }) : [];
  const told = paragraphs.filter(([heading]) => heading?.startsWith("Configuration of hubhand as"));
  const common = { endpoint: service?.endpoint, idScope: "0ne0000LOCAL" };
  expect(told.map(([, ...lines]) => parse(lines.join("\n")))).toEqual([
    {
      hub: {
        caFile: "/ca.pem",
        provisioning: { ...common, registrationId: "dev1", key: expect.stringMatching(/=$/) },
      },
    },
    {
      hub: {
        caFile: "/ca.pem",
        provisioning: {
          ...common,
          registrationId: "<its registration id>",
          groupKey: expect.stringMatching(/=$/),
        },
      },
    },
  ]);
});

test("every mistake in a file is told at once, with its place and what was expected, and no key", async () => {
  const file = await fileWith(`
    enrollments:
      - registrationID: dev1
        attestation: { type: symmetricKey, symmetricKey: { primaryKey: secret } }
      - { registrationId: dev2, attestation: { type: tpm } }
      - { registrationId: dev3, attestation: { type: symmetricKey }, iotHubHostName: elsewhere, initialTwin: { tag: {} } }
      - &twice { registrationId: dev4, attestation: { type: symmetricKey } }
      - *twice
    devices: []
    enrollmentGroups:
      - { enrollmentGroupId: fleet, attestation: { type: x509, x509: { caReferences: { primary: root } } } }
      - { enrollmentGroupId: other, attestation: { type: x509, x509: { caReferences: {} } } }
    enrolmentGroups: []
  `);
  const error = await startBy({ enrolments: [file] }).catch((thrown: HubhandError) => thrown);
  expect(error).toMatchObject({ code: "CONFIG_INVALID" });
  const told = (error as HubhandError).message.replaceAll(`--enrolments ${file}: `, "").split("\n");
  for (const mistake of [
    "enrollmentGroups[0].attestation.x509.caReferences.primary: expected the name of an authority of this service: it has none",
    "enrollmentGroups[1].attestation.x509.caReferences.primary: expected the name of an authority of this service: it has none; it is missing",
    "devices: expected one of the fields enrollments, enrollmentGroups in its place",
    "enrolmentGroups is spelt enrollmentGroups in such a file",
    "enrolmentGroups: expected one of the fields enrollments, enrollmentGroups in its place",
    "enrollments[2].initialTwin.tag: expected one of the fields tags, properties in its place",
    "enrollments[0].registrationID: expected one of the fields registrationId, ",
    "enrollments[0].registrationId: expected an id; it is missing",
    "enrollments[0].attestation.symmetricKey.primaryKey: expected base64 of 16 to 64 bytes",
    "enrollments[1].attestation.type: expected symmetricKey or x509: TPM attestation is not supported here",
    "enrollments[2].iotHubHostName: expected the name of a linked hub: localhost:",
    "enrollments[4]: expected another id than that of enrollments[3]",
  ]) {
    expect(told).toContainEqual(expect.stringContaining(mistake));
  }
  expect(told).toHaveLength(12);
  expect(told.join()).not.toContain("secret");
});

test.each<[Partial<ProvisioningFlags>, RegExp]>([
  [{ enrolment: ["a b"] }, /^--enrolment "a b": the id of an enrolment is/],
  [{ enrolmentGroup: ["fleet=short"] }, /^--enrolment-group "fleet": primaryKey is base64/],
  [{ enrolments: ["/nowhere.yaml"] }, /^--enrolments \/nowhere\.yaml: ENOENT/],
  [{ provisioningAuthority: [`root=${MAIN}`] }, /^one of --provisioning-authority cannot be used/],
  [{ provisioningAuthority: ["root"] }, /^--provisioning-authority root: it is written <name>=<file>/],
])("%j is refused", async (flags, message) => {
  const refused = startBy(flags);
  await expect(refused).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringMatching(message),
  });
});

test("a port in use is told by the flag that chose it", async () => {
  const { hub } = await startTestHub();
  const refused = startBy({ provisioning: true, provisioningHttpsPort: hub.httpsPort });
  await expect(refused).rejects.toMatchObject({
    code: "PORT_IN_USE",
    message: expect.stringContaining("choose another --provisioning-https-port"),
  });
});

test("an enrolment that is there keeps its key, unless the flag gives another; without flags there is no service", async () => {
  const started = await startTestHub({ dataDirectory: dirname(await fileWith("")) });
  const flags = {
    mqttPort: 0,
    httpsPort: 0,
    enrolments: [],
    provisioningAuthority: [],
    hostName: [],
  };
  const keyAfter = async (enrolment: string) => {
    const service = await startProvisioningBy(started.hub, {
      ...flags,
      enrolment: [enrolment],
      enrolmentGroup: [],
    });
    const [enrolled] = service?.enrolments.list("individual") ?? [];
    await service?.stop();
    return enrolled?.attestation.kind === "symmetricKey" ? enrolled.attestation.primaryKey : undefined;
  };
  const made = await keyAfter("dev1");
  expect(await keyAfter("dev1")).toBe(made);
  expect(await keyAfter(`dev1=${KEY}`)).toBe(KEY);
  expect(await keyAfter("dev1")).toBe(KEY);
  expect(await startBy({})).toBeUndefined();
});

test("devices are told the first host name, and keys are in files for those that take theirs from there", async () => {
  const folder = dirname(await fileWith(""));
  const flags = { enrolment: [`dev1=${KEY}`], enrolmentGroup: [`fleet=${KEY}`], hostName: ["Hub", "other"] };
  const service = await startBy({ ...flags }, { hostNames: flags.hostName });
  if (service === undefined) throw new Error("there is no service");
  expect(service.endpoint).toBe(`Hub:${service.mqttPort}`);
  await writeProvisioningFiles(service, { folder, hostName: "Hub" });
  const read = (name: string) => readFile(join(folder, name), "utf8");
  expect(await read("dev1.enrolment-key")).toBe(`${KEY}\n`);
  expect(await read("fleet.enrolment-group-key")).toBe(`${KEY}\n`);
  expect(await read("provisioning-service-connection-string")).toContain(
    `HostName=Hub:${service.httpsPort};`,
  );
  expect((await stat(join(folder, "dev1.enrolment-key"))).mode & 0o007).toBe(0);
  const nowhere = writeProvisioningFiles(service, { folder: "/nowhere", hostName: "Hub" });
  await expect(nowhere).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
