import { expect, it } from "vitest";
import { deriveDeviceKey, registrationToken } from "../../../src/link/identities/derived-key.ts";

/** The figures of Microsoft's page "How to provision devices using symmetric key enrollment groups". */
const GROUP_KEY = "8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw==";
const REGISTRATION_ID = "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6";

it("a device's key is derived of its group's as Microsoft's page does it", () => {
  expect(deriveDeviceKey(GROUP_KEY, REGISTRATION_ID)).toBe("Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc=");
});

it("a token names the registration and the fixed policy, and ends when it is told to", () => {
  const token = registrationToken({
    idScope: "0ne1",
    registrationId: "pi-1",
    key: GROUP_KEY,
    expiry: 1_800_000_000,
  });
  expect(token).toMatch(
    /^SharedAccessSignature sr=0ne1%2Fregistrations%2Fpi-1&sig=[A-Za-z0-9%]+&skn=registration&se=1800000000$/,
  );
});
