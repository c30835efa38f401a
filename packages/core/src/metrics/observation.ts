import type { InfoSnapshot } from "../redis/info.ts";
import type { CommandLatencies } from "./latency-histogram.ts";
import type { SlowLog } from "./slow-log.ts";

/** What one scrape saw of Redis, or that it did not answer. */
export type RedisObservation = AnsweredObservation | UnansweredObservation;

interface AnsweredObservation extends Fencing {
  readonly up: true;
  readonly info: InfoSnapshot;
  /** `undefined` unless it was asked for, and read. */
  readonly slowLog?: SlowLog | undefined;
  /** By command; `undefined` unless they were asked for, and read. */
  readonly latencies?: CommandLatencies | undefined;
}

interface UnansweredObservation extends Fencing {
  readonly up: false;
}

interface Fencing {
  /** Whether the instance is fenced; `undefined` while nobody knows. */
  readonly fenced: boolean | undefined;
}
