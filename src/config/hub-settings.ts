import { mapping } from "./collections.ts";
import { filePath, plainText, secretText } from "./kinds.ts";
import { hostAndPort } from "./network-kinds.ts";
import { secret, secretFile, setting } from "./setting.ts";

/** Which hub, and who the device is to it. */
export const HUB = {
  connectionString: setting(secretText(), {
    default: null,
    doc: "The device's connection string, as the hub shows it: HostName=…;DeviceId=…;SharedAccessKey=… It is a secret: give it in a variable or, better, in a file.",
    variables: ["HUBHAND_CONNECTION_STRING", "IOTHUB_DEVICE_CONNECTION_STRING"],
    file: "hub.connectionStringFile",
  }),
  connectionStringFile: setting(filePath(), {
    default: null,
    doc: "A file that holds the connection string, such as a Docker or Kubernetes secret. Line ends after it are ignored. It is read again for each session, so the key may be renewed.",
    variables: ["HUBHAND_CONNECTION_STRING_FILE", "IOTHUB_DEVICE_CONNECTION_STRING_FILE"],
  }),
  secondaryKey: secret(secretText(), {
    doc: "The device's other key, which is tried when the hub refuses the one in the connection string, so that both can be renewed in turn without an outage.",
    file: "hub.secondaryKeyFile",
  }),
  secondaryKeyFile: secretFile("the device's other key"),
  certificateFile: setting(filePath(), {
    default: null,
    doc: "A PEM file with the device's certificate, and behind it those that lead to its authority. For a connection string with x509=true, or for provisioning. It is read again for each session, so it may be renewed.",
  }),
  certificateKeyFile: setting(filePath(), {
    default: null,
    doc: "A PEM file with the private key that belongs to the certificate. It may be locked with a passphrase.",
  }),
  certificatePassphrase: secret(secretText(), {
    doc: "What unlocks the private key in hub.certificateKeyFile.",
    file: "hub.certificatePassphraseFile",
  }),
  certificatePassphraseFile: secretFile("the passphrase of the private key"),
  caFile: setting(filePath(), {
    default: null,
    doc: "A PEM file with the certificates to trust for the hub and for provisioning, in place of those that Node trusts. Needed for the local hub and behind a proxy that opens TLS; not for Azure. It is read again for each session.",
  }),
  provisioning: {
    idScope: setting(plainText(), {
      default: null,
      doc: "The ID scope of a Device Provisioning Service, such as 0ne00000000. With it the device asks that service for its hub, in place of a connection string.",
    }),
    registrationId: setting(plainText(), {
      default: null,
      doc: "The name that the device registers with. Not set: the common name (CN) of its certificate.",
    }),
    endpoint: setting(hostAndPort(), {
      default: "global.azure-devices-provisioning.net",
      doc: "The host of the provisioning service. The default is right everywhere but in national clouds, with private endpoints and with a local service.",
    }),
    key: secret(secretText(), {
      doc: "The key of the device's own (individual) enrolment.",
      file: "hub.provisioning.keyFile",
    }),
    keyFile: secretFile("the key of the device's own enrolment"),
    groupKey: secret(secretText(), {
      doc: "The key of an enrolment group, of which the device's key is derived. Who has it can be any device of the group: give a device its derived key where you can.",
      file: "hub.provisioning.groupKeyFile",
    }),
    groupKeyFile: secretFile("the key of an enrolment group"),
    payload: setting(mapping(), {
      default: null,
      doc: "What is told to the provisioning service, for an allocation function of your own. In a variable or flag: JSON.",
    }),
  },
} as const;
