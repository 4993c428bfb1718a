import { describe, expect, it } from "vitest";
import { HubhandError } from "../../../src/errors.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { choose } from "./support/chosen.ts";

const cleanUp = cleanUpAfterEach();

const KEY = Buffer.alloc(32, 5).toString("base64");
const WITH_KEY = `HostName=h.azure-devices.net;DeviceId=pi-1;SharedAccessKey=${KEY}`;
const WITH_CERTIFICATE = "HostName=h.azure-devices.net;DeviceId=pi-1;x509=true";
const SCOPE = { HUBHAND_HUB_PROVISIONING_ID_SCOPE: "0ne1" };
const EDGE = {
  IOTEDGE_WORKLOADURI: "unix:///nowhere.sock",
  IOTEDGE_DEVICEID: "edge",
  IOTEDGE_MODULEID: "agent",
  IOTEDGE_IOTHUBHOSTNAME: "h.azure-devices.net",
  IOTEDGE_AUTHSCHEME: "sasToken",
  IOTEDGE_MODULEGENERATIONID: "1",
  IOTEDGE_GATEWAYHOSTNAME: "gateway",
};

describe("who the device is", () => {
  it.each<[string, Record<string, string>, object]>([
    [
      "a connection string",
      { HUBHAND_CONNECTION_STRING: WITH_KEY },
      { hub: "h.azure-devices.net", device: "pi-1", proof: "symmetric-key" },
    ],
    [
      "one of a module behind a gateway",
      { HUBHAND_CONNECTION_STRING: `${WITH_KEY};ModuleId=m;GatewayHostName=gate.local` },
      { module: "m", gateway: "gate.local" },
    ],
    [
      "provisioning with a key",
      { ...SCOPE, HUBHAND_HUB_PROVISIONING_REGISTRATION_ID: "pi-1", HUBHAND_HUB_PROVISIONING_KEY: KEY },
      { provisioning: "global.azure-devices-provisioning.net", registrationId: "pi-1" },
    ],
    [
      "the environment of IoT Edge",
      EDGE,
      {
        hub: "h.azure-devices.net",
        device: "edge",
        module: "agent",
        gateway: "gateway",
        proof: "edge-workload",
      },
    ],
    [
      "the connection string of IoT Edge's simulator",
      { ...EDGE, EdgeHubConnectionString: `${WITH_KEY};ModuleId=m;GatewayHostName=gate.local` },
      { device: "pi-1", module: "m", gateway: "gate.local", proof: "symmetric-key" },
    ],
    [
      "a connection string of its own, even as a module of IoT Edge",
      { ...EDGE, HUBHAND_CONNECTION_STRING: WITH_KEY },
      { device: "pi-1", proof: "symmetric-key" },
    ],
  ])("comes from %s", async (_, env, description) => {
    const { identities } = await choose({ env, folder: await cleanUp.folder() });
    expect(identities.description).toMatchObject(description);
  });
});

describe("settings that do not go together end hubhand at the start, and it says which and what to do", () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ["nothing at all", {}, /No connection string.*HUBHAND_CONNECTION_STRING.*hub\.provisioning\.idScope/],
    [
      "a connection string and provisioning",
      { ...SCOPE, HUBHAND_CONNECTION_STRING: WITH_KEY },
      /hub\.provisioning\.idScope \(environment variable HUBHAND_HUB_PROVISIONING_ID_SCOPE\): there is a connection string too \(environment variable HUBHAND_CONNECTION_STRING\)/,
    ],
    [
      "a certificate and a key",
      {
        HUBHAND_CONNECTION_STRING: WITH_KEY,
        HUBHAND_HUB_CERTIFICATE_FILE: "a.pem",
        HUBHAND_HUB_CERTIFICATE_KEY_FILE: "b.pem",
      },
      /has a SharedAccessKey, and hub\.certificateFile is set too/,
    ],
    [
      "x509=true without a certificate",
      { HUBHAND_CONNECTION_STRING: WITH_CERTIFICATE },
      /x509=true.*hub\.certificateFile and hub\.certificateKeyFile/,
    ],
    [
      "a certificate without its key",
      { HUBHAND_CONNECTION_STRING: WITH_CERTIFICATE, HUBHAND_HUB_CERTIFICATE_FILE: "a.pem" },
      /hub\.certificateFile \(environment variable HUBHAND_HUB_CERTIFICATE_FILE\): it needs its private key/,
    ],
    [
      "a private key without its certificate",
      { HUBHAND_CONNECTION_STRING: WITH_CERTIFICATE, HUBHAND_HUB_CERTIFICATE_KEY_FILE: "a.pem" },
      /hub\.certificateKeyFile.*it needs its certificate/,
    ],
    [
      "a passphrase for nothing",
      { HUBHAND_CONNECTION_STRING: WITH_KEY, HUBHAND_HUB_CERTIFICATE_PASSPHRASE: "long enough" },
      /hub\.certificatePassphrase.*no private key/,
    ],
    [
      "a secondary key without a primary",
      { ...SCOPE, HUBHAND_HUB_SECONDARY_KEY: KEY },
      /hub\.secondaryKey.*goes with a connection string/,
    ],
    [
      "a secondary key that is none",
      { HUBHAND_CONNECTION_STRING: WITH_KEY, HUBHAND_HUB_SECONDARY_KEY: "not base64!" },
      /hub\.secondaryKey \(environment variable HUBHAND_HUB_SECONDARY_KEY\): it is a key that is not base64/,
    ],
    [
      "a registration id without an ID scope",
      { HUBHAND_HUB_PROVISIONING_REGISTRATION_ID: "pi-1" },
      /hub\.provisioning\.registrationId.*means nothing without hub\.provisioning\.idScope/,
    ],
    ["provisioning without any proof", SCOPE, /hub\.provisioning\.idScope.*nothing to prove itself with/],
    [
      "provisioning with two proofs",
      { ...SCOPE, HUBHAND_HUB_PROVISIONING_KEY: KEY, HUBHAND_HUB_PROVISIONING_GROUP_KEY: KEY },
      /hub\.provisioning\.groupKey.*: hub\.provisioning\.key \(environment variable .*\) is set too/,
    ],
    [
      "provisioning with a key and no registration id",
      { ...SCOPE, HUBHAND_HUB_PROVISIONING_KEY: KEY },
      /hub\.provisioning\.registrationId.*a key tells none/,
    ],
    [
      "a registration id with a blank",
      { ...SCOPE, HUBHAND_HUB_PROVISIONING_KEY: KEY, HUBHAND_HUB_PROVISIONING_REGISTRATION_ID: "pi 1" },
      /hub\.provisioning\.registrationId.*no registration id/,
    ],
    [
      "half of IoT Edge's environment",
      { IOTEDGE_WORKLOADURI: "unix:///x", IOTEDGE_DEVICEID: "edge" },
      /IOTEDGE_WORKLOADURI is set, and IOTEDGE_MODULEID, IOTEDGE_IOTHUBHOSTNAME, .* is not/,
    ],
    [
      "no address in IOTEDGE_WORKLOADURI",
      { ...EDGE, IOTEDGE_WORKLOADURI: "quatsch" },
      /IOTEDGE_WORKLOADURI is not the address of a workload API/,
    ],
    [
      "a gateway of IoT Edge's at a port that there is not",
      { ...EDGE, IOTEDGE_GATEWAYHOSTNAME: "gateway:99999" },
      /^IOTEDGE_GATEWAYHOSTNAME has a value with a port that is not between 1 and 65535/,
    ],
  ])("%s", async (_, env, message) => {
    const folder = await cleanUp.folder();
    const error = await choose({ env, folder }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HubhandError);
    expect(error).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringMatching(message) });
    expect((error as HubhandError).message).not.toContain(KEY.slice(0, 8));
  });
});
