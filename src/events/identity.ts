import { event } from "./description.ts";

const NOT_KEPT = "Make room on the disk, or name a folder that can be written (`state.directory`).";

/** Who the device is to the hub: keys, certificates, the provisioning service. */
export const IDENTITY_EVENTS = {
  "identity.file-changed": event("info", "A file of the identity has changed: the next session uses it."),
  "identity.file-unusable": event(
    "warn",
    "A key or certificate was replaced by one that cannot be used; the one before stays.",
    "Correct the file.",
  ),
  "identity.file-usable": event("info", "That file can be used again."),
  "identity.certificate": event("info", "The device's certificate, and until when it is valid."),
  "identity.certificate-expired": event("warn", "The device's certificate has expired.", "Renew it."),
  "identity.certificate-early": event(
    "warn",
    "The device's certificate is not valid yet.",
    "See whether the machine's clock is right.",
  ),
  "identity.certificate-misnamed": event(
    "warn",
    "The certificate's common name is not the device's.",
    "Have one made for this device, unless the hub knows it by its thumbprint.",
  ),
  "identity.assigned": event("info", "The provisioning service assigned the device to `hub`."),
  "identity.assignment-kept": event(
    "warn",
    "The provisioning service could not be asked; the hub it assigned before is tried.",
  ),
  "identity.assignment-damaged": event("warn", "The file with the assignment is damaged and set aside."),
  "identity.assignment-unreadable": event("warn", "The file with the assignment cannot be read.", NOT_KEPT),
  "identity.assignment-unwritable": event("warn", "The assignment cannot be kept on disk.", NOT_KEPT),
};
