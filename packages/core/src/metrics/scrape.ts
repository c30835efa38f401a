import type { Logger } from "../logger.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { readInfo } from "../redis/info.ts";
import { readCommandLatencies } from "./latency-histogram.ts";
import type { RedisObservation } from "./observation.ts";
import { createStages, type ScrapeOutcome } from "./scrape-stages.ts";
import { readSlowLog } from "./slow-log.ts";

/** Reads Redis for a scrape. */
export interface Scrape {
  /**
   * Reads one `INFO all`, and what else is configured. Callers that come while it is under way share its outcome. A Redis that
   * does not answer is an outcome, not an error: `{ up: false }`; what else can't be read is left out.
   */
  read(): Promise<RedisObservation>;
}

/** What {@link createScrape} needs. */
export interface ScrapeDependencies {
  readonly redis: RedisConnection;
  readonly logger: Logger;
  /** How long Redis has to answer, for all that is read together. */
  readonly timeoutMs: number;
  /** What is read beside INFO. */
  readonly reads: { readonly slowLog: boolean; readonly latencyHistograms: boolean };
  /** Whether the instance is fenced; `undefined` while nobody knows. */
  readonly readFenced: () => boolean | undefined;
  /** Is told of every scrape: the manager's metrics. */
  readonly observer: { scrapeEnded(outcome: ScrapeOutcome): void };
}

/** Creates the reader of scrapes. It logs a failure once when it begins and once when it changes, and the end of it. */
export function createScrape(dependencies: ScrapeDependencies): Scrape {
  const { redis, logger, timeoutMs, reads, readFenced, observer } = dependencies;
  const stages = createStages({ address: redis.address, timeoutMs, logger });
  let underWay: Promise<RedisObservation> | undefined;

  async function observe(): Promise<RedisObservation> {
    using scrape = stages.begin();
    // One section for all: several in one command need Redis 7.0, and "everything" adds the modules' own at any size.
    const info = await scrape.run("info", () => readInfo(redis, "all"));
    const [slowLog, latencies] =
      info === undefined
        ? []
        : await Promise.all([
            reads.slowLog ? scrape.run("slowlog", () => readSlowLog(redis)) : undefined,
            reads.latencyHistograms ? scrape.run("latency", () => readCommandLatencies(redis)) : undefined,
          ]);
    observer.scrapeEnded({ stages: scrape.outcomes });
    const fenced = readFenced();
    return info === undefined ? { up: false, fenced } : { up: true, info, slowLog, latencies, fenced };
  }

  return {
    read() {
      underWay ??= observe().finally(() => (underWay = undefined));
      return underWay;
    },
  };
}
