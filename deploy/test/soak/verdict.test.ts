import { describe, expect, it } from "vitest";
import type { FaultRecord } from "../../soak/faults/fault.ts";
import type { Findings } from "../../soak/findings.ts";
import { judge } from "../../soak/verdict/verdict.ts";

const minute = 60_000;
const pods = ["redis-0", "redis-1", "redis-2"];

const fault: FaultRecord = {
  kind: "redis-killed",
  victim: "redis-1",
  hits: "primary",
  mayLose: true,
  boundMs: minute,
  startedAt: 5 * minute,
  healedAt: 5 * minute,
  recoveredAt: 5 * minute + 10_000,
  trouble: undefined,
};
const during = 5 * minute + 1_000;
const calm = 8 * minute;

const moments = Array.from({ length: 120 }, (_, index) => index * 5_000);
const sound: Findings = {
  options: {
    durationMs: 10 * minute,
    seed: 1,
    writesPerSecond: 100,
    faultEveryMs: minute,
    backupEveryMs: minute,
    output: "soak",
  },
  startedAt: 0,
  endedAt: 10 * minute,
  wasCutShort: false,
  witness: "redis-2",
  faults: [fault],
  lost: [],
  acknowledgedInAll: 1_000,
  happenings: [],
  probes: moments.map((at) => ({ at, pod: "redis-0", probe: "liveness", status: 200, text: "ok" })),
  samples: moments.map((at) => ({
    at,
    footprints: pods.map((pod, managerPid) => ({
      pod,
      managerPid,
      managerAgeMs: at,
      managerPssMb: 50,
      managerRssMb: 90,
      managerAnonymousMb: 30,
      treePssMb: 70,
      descriptors: 30,
      processes: 3,
      zombies: 0,
    })),
    timed: pods.map((pod) => ({ pod, path: "/metrics", status: 200, ms: 3 })),
    lags: [{ pod: "redis-2", bytes: 100 }],
  })),
  seconds: moments.map((at) => ({
    at,
    acknowledged: 100,
    failed: 0,
    reads: 50,
    failedReads: 0,
    writable: ["redis-0"],
    ageMs: { "redis-1": 50 },
  })),
  backups: [
    {
      name: "one",
      method: "rdb",
      pod: "redis-0",
      role: "primary",
      startedAt: calm,
      endedAt: calm + 1_000,
      outcome: { ok: true, key: "one.rdb", uri: "s3://b/one.rdb", sizeBytes: 1 },
      mismatch: undefined,
    },
  ],
  restores: (["rdb", "aof"] as const).map((method) => ({
    backup: "one",
    method,
    expected: 10,
    missing: 0,
    keys: 12,
    trouble: undefined,
  })),
  refusals: [],
  digests: pods.map((pod) => ({ pod, keys: 5, sha256: "same" })),
  store: { isEmpty: true, incomplete: [] },
  logTroubles: [],
  breakdown: undefined,
};

function listFailed(change: Partial<Findings>): readonly string[] {
  return judge({ ...sound, ...change })
    .filter(({ ok }) => !ok)
    .map(({ name }) => name);
}

/** What was seen each time, with something else at one moment. */
function changeAt<Entry extends { readonly at: number }>(
  entries: readonly Entry[],
  { at, change }: { readonly at: number; readonly change: Partial<Entry> },
): readonly Entry[] {
  return entries.map((entry) => (Math.abs(entry.at - at) < 2_500 ? { ...entry, ...change } : entry));
}

function changeFootprints(change: (at: number) => object): Findings["samples"] {
  return sound.samples.map((sample) => ({
    ...sample,
    footprints: sample.footprints.map((footprint) => ({ ...footprint, ...change(sample.at) })),
  }));
}

const [backup] = sound.backups;
const twoWritable = { writable: ["redis-0", "redis-1"] };
const failedBackup = { ok: false, code: "UPLOAD_FAILED", reason: "no" } as const;
const lostWrite = { number: 7, pod: "redis-1" };

describe("the verdict of a soak", () => {
  it("passes what is sound", () => {
    expect(listFailed({})).toEqual([]);
  });

  it("passes what a fault explains", () => {
    expect(
      listFailed({
        seconds: changeAt(sound.seconds, { at: 5 * minute, change: { ...twoWritable, failed: 9 } }),
        lost: [{ ...lostWrite, at: during }],
        probes: [...sound.probes, { at: during, pod: "redis-1", probe: "liveness", status: 503, text: "no" }],
        happenings: [{ at: during, kind: "container-ended", pod: "redis-1" }],
        refusals: [{ at: during, pod: "redis-1", code: "REDIS_UNREACHABLE" }],
        logTroubles: [{ at: during, pod: "redis-1", level: "fatal", text: "redis-server ended by itself" }],
        backups: [
          ...sound.backups,
          ...(backup === undefined
            ? []
            : [{ ...backup, startedAt: during, endedAt: during + 1_000, outcome: failedBackup }]),
        ],
      }),
    ).toEqual([]);
  });

  it.each<[string, string, Partial<Findings>]>([
    [
      "recovery",
      "a fault isn't recovered from",
      { faults: [{ ...fault, recoveredAt: undefined, trouble: "no" }] },
    ],
    ["recovery", "there was none", { faults: [] }],
    [
      "one primary",
      "two take writes",
      { seconds: changeAt(sound.seconds, { at: calm, change: twoWritable }) },
    ],
    ["acknowledged writes", "one is missing", { lost: [{ ...lostWrite, at: calm }] }],
    ["acknowledged writes", "another pod had it", { lost: [{ number: 7, pod: "redis-0", at: during }] }],
    [
      "acknowledged writes",
      "that fault loses none",
      { lost: [{ ...lostWrite, at: during }], faults: [{ ...fault, mayLose: false }] },
    ],
    [
      "data sets",
      "one differs",
      { digests: [...sound.digests, { pod: "redis-3", keys: 5, sha256: "other" }] },
    ],
    ["data sets", "they weren't compared", { digests: [] }],
    ["load", "a write fails", { seconds: changeAt(sound.seconds, { at: calm, change: { failed: 1 } }) }],
    ["load", "it is slow", { seconds: sound.seconds.map((second) => ({ ...second, acknowledged: 10 })) }],
    [
      "lag",
      "a replica is behind",
      {
        samples: changeAt(sound.samples, {
          at: calm,
          change: { lags: [{ pod: "redis-1", bytes: 2_000_000 }] },
        }),
      },
    ],
    [
      "lag",
      "an instance shows old writes",
      { seconds: changeAt(sound.seconds, { at: calm, change: { ageMs: { "redis-1": 9_000 } } }) },
    ],
    [
      "lag",
      "an instance doesn't answer",
      { seconds: changeAt(sound.seconds, { at: calm, change: { ageMs: {} } }) },
    ],
    ["liveness", "a probe fails", { probes: changeAt(sound.probes, { at: calm, change: { status: 503 } }) }],
    [
      "liveness",
      "another pod's fails",
      { probes: changeAt(sound.probes, { at: 5 * minute, change: { status: 503 } }) },
    ],
    ["restarts", "a container ends", { happenings: [{ at: calm, kind: "container-ended", pod: "redis-1" }] }],
    [
      "errors of the API",
      "a call fails",
      { refusals: [{ at: calm, pod: "redis-1", code: "REDIS_UNREACHABLE" }] },
    ],
    [
      "errors of the API",
      "INTERNAL during a fault",
      { refusals: [{ at: during, pod: "redis-1", code: "INTERNAL" }] },
    ],
    [
      "logs",
      "an error is logged",
      { logTroubles: [{ at: calm, pod: "redis-1", level: "error", text: "request failed" }] },
    ],
    [
      "latency",
      "answers are slow",
      {
        samples: sound.samples.map((sample) => ({
          ...sample,
          timed: sample.timed.map((one) => ({ ...one, ms: 1_500 })),
        })),
      },
    ],
    [
      "scrapes",
      "one doesn't parse",
      {
        samples: changeAt(sound.samples, {
          at: during,
          change: { timed: [{ pod: "redis-1", path: "/metrics", status: 200, ms: 1, trouble: "no series" }] },
        }),
      },
    ],
    [
      "scrapes",
      "one is refused",
      {
        samples: changeAt(sound.samples, {
          at: during,
          change: { timed: [{ pod: "redis-1", path: "/metrics", status: 500, ms: 1 }] },
        }),
      },
    ],
    [
      "memory",
      "a manager grows",
      { samples: changeFootprints((at) => ({ managerPssMb: 50 + (at / minute) * 2 })) },
    ],
    ["memory", "the witness was restarted", { witness: "redis-9" }],
    [
      "descriptors",
      "they grow",
      { samples: changeFootprints((at) => ({ descriptors: 30 + (at / minute) * 2 })) },
    ],
    [
      "processes",
      "one is left",
      { samples: changeFootprints((at) => ({ processes: at === moments.at(-1) ? 4 : 3 })) },
    ],
    [
      "processes",
      "a pod has none",
      {
        samples: changeAt(sound.samples, {
          at: moments.at(-1) ?? 0,
          change: { footprints: sound.samples[0]?.footprints.slice(1) ?? [] },
        }),
      },
    ],
    [
      "processes",
      "a zombie stays",
      { samples: changeFootprints((at) => ({ zombies: at > calm && at < 9 * minute ? 1 : 0 })) },
    ],
    ["backups", "one fails", { backups: sound.backups.map((one) => ({ ...one, outcome: failedBackup })) }],
    [
      "backups",
      "what is stored is another",
      { backups: sound.backups.map((one) => ({ ...one, mismatch: "it has another checksum" })) },
    ],
    ["backups", "there was none", { backups: [] }],
    ["restores", "a key is missing", { restores: sound.restores.map((one) => ({ ...one, missing: 1 })) }],
    ["restores", "there was none", { restores: [] }],
    ["restores", "one method's was none", { restores: sound.restores.slice(1) }],
    ["store", "something is left", { store: { isEmpty: false, incomplete: [] } }],
    ["store", "an object is incomplete", { store: { isEmpty: true, incomplete: ["one.rdb"] } }],
  ])("fails %s where %s", (name, _, change) => {
    expect(listFailed(change)).toContain(name);
  });
});
