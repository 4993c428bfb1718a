/** A twin with a value of every kind, and names that must be quoted. */
export const TWIN = {
  deviceId: "dev1",
  status: "enabled",
  version: 3,
  lastActivityTime: "2026-11-02T10:00:00Z",
  capabilities: { iotEdge: false },
  tags: {
    building: "43",
    floor: 4,
    group: { name: "north" },
    "x-y": "dashed",
    "$iotin:info": 1,
    nothing: null,
    list: ["a"],
    größe: "L",
    proud: "it's",
  },
  properties: {
    desired: { period: 60, $version: 2 },
    reported: { period: 60, $version: 7, ready: true, $metadata: { $lastUpdated: "2026-11-02T10:00:00.1Z" } },
  },
};
