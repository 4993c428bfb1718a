/**
 * What Azure allows, as Microsoft's pages said when this was written. They change: look before you plan by them.
 * A hub: learn.microsoft.com, "IoT Hub quotas and throttling" (azure/iot-hub/iot-hub-devguide-quotas-throttling), and for
 * messages a day azure.microsoft.com, "Azure IoT Hub pricing".
 */
export type TierName = "S1" | "S2" | "S3";

export interface Tier {
  readonly name: TierName;
  /** Units of one hub ("Azure subscription and service limits, quotas, and constraints"). */
  readonly mostUnits: number;
  /** Each function: what a hub with so many units may do. Messages are of 4 KB. */
  messagesADay(units: number): number;
  connectionsASecond(units: number): number;
  sendsASecond(units: number): number;
  twinReadsASecond(units: number): number;
  twinUpdatesASecond(units: number): number;
  /** Of 4 KB. */
  methodsASecond(units: number): number;
  /** Devices that all jobs together turn to. */
  jobDevicesASecond(units: number): number;
  queriesAMinute(units: number): number;
}

export const TIERS: Readonly<Record<TierName, Tier>> = {
  S1: {
    name: "S1",
    mostUnits: 200,
    messagesADay: (units) => 400_000 * units,
    connectionsASecond: (units) => Math.max(100, 12 * units),
    sendsASecond: (units) => Math.max(100, 12 * units),
    twinReadsASecond: () => 100,
    twinUpdatesASecond: () => 50,
    methodsASecond: (units) => 40 * units,
    jobDevicesASecond: () => 10,
    queriesAMinute: (units) => 20 * units,
  },
  S2: {
    name: "S2",
    mostUnits: 200,
    messagesADay: (units) => 6_000_000 * units,
    connectionsASecond: (units) => 120 * units,
    sendsASecond: (units) => 120 * units,
    twinReadsASecond: (units) => Math.max(100, 10 * units),
    twinUpdatesASecond: (units) => Math.max(50, 5 * units),
    methodsASecond: (units) => 120 * units,
    jobDevicesASecond: (units) => Math.max(10, units),
    queriesAMinute: (units) => 20 * units,
  },
  S3: {
    name: "S3",
    mostUnits: 10,
    messagesADay: (units) => 300_000_000 * units,
    connectionsASecond: (units) => 6_000 * units,
    sendsASecond: (units) => 6_000 * units,
    twinReadsASecond: (units) => 500 * units,
    twinUpdatesASecond: (units) => 250 * units,
    methodsASecond: (units) => 6_144 * units,
    jobDevicesASecond: (units) => 50 * units,
    queriesAMinute: (units) => 1_000 * units,
  },
};

/** Devices and modules of one hub, together. */
export const DEVICES_A_HUB = 1_000_000;
/** Paid hubs of one subscription. */
export const HUBS_A_SUBSCRIPTION = 50;

/** learn.microsoft.com, "Azure subscription and service limits, quotas, and constraints", Device Provisioning Service. */
export const PROVISIONING = {
  registrationsAMinute: 1_000,
  registrations: 1_000_000,
  linkedHubs: 50,
  services: 10,
  keyGroups: 100,
} as const;
