import { percentile } from "./trend.ts";
import type { Check, Evidence } from "./verdict.ts";

/** Liveness may fail only at the pod that a fault hits. */
export function checkLiveness({ probes, samples, windows }: Evidence): Check {
  const asked = [
    ...probes.filter(({ probe }) => probe === "liveness"),
    ...samples.flatMap(({ at, timed }) =>
      timed.filter(({ path }) => path === "/healthz").map((answer) => ({ at, text: "", ...answer })),
    ),
  ];
  const failed = asked.filter(({ status }) => status !== 200);
  const unexplained = failed.filter(({ at, pod }) => !windows.isDuringFault(at, pod));
  return {
    name: "liveness",
    expected: "/healthz fails only while a fault hits that pod",
    seen: `${failed.length} of ${asked.length} answers not 200, ${unexplained.length} unexplained${list(unexplained.map(({ pod, status, text }) => `${pod} ${status} ${text}`))}`,
    ok: unexplained.length === 0 && asked.length > 0,
  };
}

/** A container may end only by a fault. */
export function checkRestarts({ happenings, windows }: Evidence): Check {
  const ended = happenings.filter(({ kind }) => kind === "container-ended");
  const unexplained = ended.filter(({ at, pod }) => !windows.isDuringFault(at, pod));
  return {
    name: "restarts",
    expected: "a container ends only while a fault hits its pod",
    seen: `${ended.length} containers ended, ${unexplained.length} unexplained${list(unexplained.map(({ pod = "" }) => pod))}`,
    ok: unexplained.length === 0,
  };
}

/** Managers may not fail by a mistake of their own, nor refuse what nothing keeps them from. */
export function checkErrors({ refusals, samples, backups, windows }: Evidence): Check {
  const answers = samples.flatMap(({ timed }) => timed);
  const internal =
    answers.filter(({ trouble = "" }) => trouble.includes('"INTERNAL"')).length +
    refusals.filter(({ code }) => code === "INTERNAL").length +
    backups.filter(({ outcome }) => !outcome.ok && outcome.code === "INTERNAL").length;
  const unexplained = refusals.filter(({ at, pod }) => !windows.isDuringFault(at, pod));
  return {
    name: "errors of the API",
    expected: "never INTERNAL; /v1/status fails only while a fault hits that pod",
    seen: `${internal} INTERNAL; ${refusals.length} calls failed, ${unexplained.length} unexplained${list(unexplained.map(({ pod, code }) => `${pod} ${code}`))}`,
    ok: internal === 0 && unexplained.length === 0,
  };
}

/** Logs may hold errors only around a fault. */
export function checkLogs({ logTroubles, windows }: Evidence): Check {
  const unexplained = logTroubles.filter(
    ({ at, text }) => !windows.isDuringFault(at) || text.includes("INTERNAL"),
  );
  return {
    name: "logs",
    expected: "level error or fatal only around a fault, and never INTERNAL",
    seen: `${logTroubles.length} lines, ${unexplained.length} unexplained${list(unexplained.map(({ pod, level, text }) => `${pod} ${level}: ${text}`))}`,
    ok: unexplained.length === 0,
  };
}

// Half of what the kubelet waits for an answer of liveness.
const mostMs = 1_000;

/** Outside of faults managers have to answer soon. */
export function checkLatency({ samples, windows }: Evidence): Check {
  const calm = samples.filter(({ at }) => !windows.isDuringFault(at)).flatMap(({ timed }) => timed);
  const p99 = percentile(
    calm.map(({ ms }) => ms),
    0.99,
  );
  return {
    name: "latency",
    expected: `outside of faults 99 % of all answers within ${mostMs} ms`,
    seen: `p99 ${p99.toFixed(1)} ms, median ${percentile(
      calm.map(({ ms }) => ms),
      0.5,
    ).toFixed(1)} ms, of ${calm.length}`,
    ok: p99 <= mostMs,
  };
}

/** Every scrape has to be one, also of a Redis that is down. */
export function checkScrapes({ samples, windows }: Evidence): Check {
  const scrapes = samples.flatMap(({ at, timed }) =>
    timed.filter(({ path }) => path === "/metrics").map((scrape) => ({ at, ...scrape })),
  );
  const wrong = scrapes.filter(
    ({ at, pod, status, trouble }) =>
      (status === 200 && trouble !== undefined) ||
      (status !== 200 && !(status === 0 && windows.isDuringFault(at, pod))),
  );
  return {
    name: "scrapes",
    expected: "every answer of /metrics is 200 and parses; none only while a fault hits that pod",
    seen: `${scrapes.length} scrapes, ${wrong.length} wrong${list(wrong.map(({ pod, status, trouble = "" }) => `${pod} ${status} ${trouble}`))}`,
    ok: wrong.length === 0 && scrapes.length > 0,
  };
}

const listed = 5;

/** The different ones, the first few of them. */
function list(texts: readonly string[]): string {
  const different = [...new Set(texts)];
  if (different.length === 0) return "";
  const more = different.length > listed ? ` and ${different.length - listed} more` : "";
  return `: ${different.slice(0, listed).join("; ")}${more}`;
}
