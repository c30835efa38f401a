import { Agent, get, type IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";

/** How the answer is encoded. Prometheus asks for gzip. */
export type Encoding = "gzip" | "identity";

/** One scrape. */
export interface Scrape {
  readonly milliseconds: number;
  /** On the wire. */
  readonly bytes: number;
}

/** Scrapes as Prometheus does: its headers, one connection that stays open. */
export interface Scraper extends Disposable {
  scrape(): Promise<Scrape>;
  readText(): Promise<string>;
}

/** Creates a scraper of one address. */
export function createScraper(url: string, encoding: Encoding): Scraper {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = {
    Accept:
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "Accept-Encoding": encoding,
    "User-Agent": "Prometheus/2.42.0",
    "X-Prometheus-Scrape-Timeout-Seconds": "10",
  };

  function ask(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      get(url, { agent, headers }, (response: IncomingMessage) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks));
          else reject(new Error(`${url} answered ${response.statusCode}`));
        });
      }).once("error", reject);
    });
  }

  return {
    async scrape() {
      const startedAt = performance.now();
      const body = await ask();
      return { milliseconds: performance.now() - startedAt, bytes: body.length };
    },
    async readText() {
      const body = await ask();
      return (encoding === "gzip" ? gunzipSync(body) : body).toString("utf8");
    },
    [Symbol.dispose]() {
      agent.destroy();
    },
  };
}

/** How many series of an answer are about Redis, and not about what answers. */
export function countRedisSeries(exposition: string): number {
  return exposition
    .split("\n")
    .filter((line) => line.startsWith("redis_") && !line.startsWith("redis_exporter_")).length;
}
