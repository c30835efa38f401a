import { describeError, InstanceError, type InstanceErrorCode, isInstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";

/** What a scrape reads of Redis; all but INFO only where it is configured. */
export type ScrapeStage = "info" | "slowlog" | "latency";

/** How one stage of a scrape went. */
export interface ScrapeStageOutcome {
  readonly stage: ScrapeStage;
  readonly durationMs: number;
  /** Why Redis did not answer; `undefined` if it did. */
  readonly failure: InstanceErrorCode | undefined;
}

/** How a scrape went, stage by stage. The later ones are missing if Redis did not answer the first. */
export interface ScrapeOutcome {
  readonly stages: readonly ScrapeStageOutcome[];
}

/** The stages of one scrape. Disposing it ends the deadline. */
export interface StagesOfScrape extends Disposable {
  /** What a stage read; `undefined` if it failed with an {@link InstanceError}. */
  run<Read>(stage: ScrapeStage, read: () => Promise<Read>): Promise<Read | undefined>;
  /** Of the stages that have ended. */
  readonly outcomes: readonly ScrapeStageOutcome[];
}

/** What {@link createStages} needs. */
export interface StagesOptions {
  /** Of Redis, for messages. */
  readonly address: string;
  /** How long all stages of a scrape may take together. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

const messages = {
  info: { failed: "scraping Redis failed", succeeded: "Redis answers scrapes again" },
  slowlog: {
    failed: "reading the slow log for /metrics failed",
    succeeded: "the slow log can be read for /metrics again",
  },
  latency: {
    failed: "reading the latency histograms for /metrics failed",
    succeeded: "the latency histograms can be read for /metrics again",
  },
} as const satisfies Record<ScrapeStage, { failed: string; succeeded: string }>;

/** Creates what times the stages of scrapes, and logs each failure once when it begins or changes, and when it has ended. */
export function createStages({ address, timeoutMs, logger }: StagesOptions): { begin(): StagesOfScrape } {
  const failures = new Map<ScrapeStage, InstanceErrorCode>();

  function succeeded(stage: ScrapeStage): void {
    if (failures.delete(stage)) logger.info({}, messages[stage].succeeded);
  }

  function failed(stage: ScrapeStage, error: InstanceError): void {
    if (failures.get(stage) === error.code) return;
    failures.set(stage, error.code);
    logger.warn({ err: error }, `${messages[stage].failed}: ${describeError(error)}`);
  }

  return {
    begin() {
      const deadline = startDeadline({ address, timeoutMs });
      const outcomes: ScrapeStageOutcome[] = [];
      return {
        outcomes,
        async run(stage, read) {
          const startedAt = performance.now();
          const end = (failure?: InstanceErrorCode) =>
            outcomes.push({ stage, durationMs: performance.now() - startedAt, failure });
          try {
            const value = await Promise.race([read(), deadline.passed]);
            end();
            succeeded(stage);
            return value;
          } catch (error) {
            if (!isInstanceError(error)) throw error;
            end(error.code);
            failed(stage, error);
            return undefined;
          }
        },
        [Symbol.dispose]: () => deadline.end(),
      };
    },
  };
}

function startDeadline({ address, timeoutMs }: Pick<StagesOptions, "address" | "timeoutMs">) {
  const { promise: passed, reject } = Promise.withResolvers<never>();
  // It may pass between two stages.
  passed.catch(() => undefined);
  const timer = setTimeout(() => {
    const message = `Redis at ${address} has not answered the scrape within ${timeoutMs} ms`;
    reject(new InstanceError("REDIS_TIMED_OUT", message));
  }, timeoutMs);
  return { passed, end: () => clearTimeout(timer) };
}
