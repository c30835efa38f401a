import type { Operation, Operations } from "./operation.ts";

const livenessChecks = [
  { name: "process", outcome: "running", ageMs: 180 },
  { name: "role", outcome: "primary", ageMs: 180 },
  { name: "peers", outcome: "reachable", ageMs: 640 },
  { name: "api-server", outcome: "not-asked", ageMs: 640 },
];

/** The two probes, and what peers ask. */
export const probeOperations = {
  healthz: {
    tag: "probes",
    summary: "Liveness",
    description:
      "Whether redis-server runs, is not hung, and is no isolated primary. Answered from memory. `?verbose`, or `Accept: application/json`, " +
      "lists every check that the verdict rests on. A sentinel manager tells whether redis-sentinel runs.",
    flags: [
      { name: "verbose", description: "Whatever its value: the answer is a JSON report.", example: "true" },
    ],
    replies: [
      {
        status: 200,
        description: "Alive.",
        text: ["ok"],
        json: { component: "LivenessReport", example: { alive: true, checks: livenessChecks } },
      },
      {
        status: 503,
        description: "Not alive, with the reason.",
        text: [
          "redis-server not running",
          "redis-server hung",
          "primary isolated: cannot reach API server or any peer",
          "redis-sentinel not running",
        ],
        json: {
          component: "LivenessReport",
          example: {
            alive: false,
            reason: "primary isolated: cannot reach API server or any peer",
            checks: livenessChecks.map((check) =>
              check.ageMs > 200 ? { ...check, outcome: "unreachable" } : check,
            ),
          },
        },
      },
    ],
    errors: { form: "text", codes: [] },
    curl: 'curl -sS "http://$POD_IP:8080/healthz?verbose"',
  },
  readyz: {
    tag: "probes",
    summary: "Readiness",
    description:
      "Whether Redis, or on a sentinel pod the sentinel, answers `PING`, so that it may be sent traffic.",
    replies: [
      { status: 200, description: "Ready.", text: ["ok"] },
      {
        status: 503,
        description: "Not ready, with the reason.",
        text: [
          "redis not ready: LOADING Redis is loading the dataset in memory",
          "sentinel not ready: unreachable",
        ],
      },
    ],
    errors: { form: "text", codes: [] },
    curl: "curl -sS http://$POD_IP:8080/readyz",
  },
  failsafe: {
    tag: "probes",
    summary: "How the instance sees its cluster",
    description:
      "Told from memory, whatever Redis does. Peers ask it, to know that they reach each other; it needs no credentials.",
    replies: [
      {
        status: 200,
        description: "What the instance knows.",
        json: {
          component: "FailsafeView",
          example: {
            podName: "cache-1",
            role: "slave",
            follows: { host: "10.0.0.7", port: 6379 },
            primary: { podName: "cache-0", ip: "10.0.0.7" },
            source: "api-server",
            apiServerSeenMsAgo: 1200,
          },
        },
      },
    ],
    errors: { form: "json", codes: [] },
    curl: "curl -sS http://$POD_IP:8080/failsafe",
  },
} as const satisfies Pick<Operations, "failsafe" | "healthz" | "readyz"> &
  Readonly<Record<string, Operation>>;
