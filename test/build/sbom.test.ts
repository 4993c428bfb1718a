import { expect, test } from "vitest";
import { type Sbom, shippedSbom } from "../../scripts/sbom.ts";

const part = (ref: string) => ({ "bom-ref": ref, name: ref.split("@")[0] ?? "" });
const SBOM: Sbom = {
  serialNumber: "urn:uuid:another-one-each-time",
  metadata: { timestamp: "now", component: part("checkout@1.0.0") },
  components: ["a@1.0.0", "a@2.0.0", "tool@1.0.0"].map(part),
  dependencies: [
    { ref: "checkout@1.0.0", dependsOn: ["a@1.0.0", "tool@1.0.0"] },
    { ref: "a@1.0.0", dependsOn: [] },
    { ref: "tool@1.0.0", dependsOn: ["a@2.0.0"] },
  ],
};

test("of npm's bill of materials, what is in the bundle stays, by version; what differs from build to build goes", () => {
  expect(shippedSbom({ sbom: SBOM, name: "hubhand", packages: new Set(["a@1.0.0"]) })).toEqual({
    metadata: { component: { "bom-ref": "checkout@1.0.0", name: "hubhand" } },
    components: [part("a@1.0.0")],
    dependencies: [
      { ref: "checkout@1.0.0", dependsOn: ["a@1.0.0"] },
      { ref: "a@1.0.0", dependsOn: [] },
    ],
  });
});

test("a package in the bundle that npm does not list is an error that says what to do", () => {
  const packages = new Set(["a@1.0.0", "b@3.0.0"]);
  expect(() => shippedSbom({ sbom: SBOM, name: "hubhand", packages })).toThrow(
    /the bundle holds b@3\.0\.0, .*npm ci/,
  );
});
