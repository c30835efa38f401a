import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { type ExchangeOptions, observeAnswer, type Reachability } from "../http-exchange.ts";

/** Where the API server is, and the CA that it is known by. */
export interface ApiServerAddress {
  readonly host: string;
  readonly port: number;
  /** PEM file, read anew for every probe. */
  readonly caFile: string;
}

/**
 * Asks the API server whether it is there: `GET /livez` on a fresh socket, without a token. Any HTTP answer counts.
 *
 * Never rejects.
 */
export function probeApiServer(
  { host, port, caFile }: ApiServerAddress,
  options: ExchangeOptions,
): Promise<Reachability> {
  const ca = readCa(caFile);
  return observeAnswer(
    () =>
      request({
        host,
        port,
        path: "/livez",
        // Without a CA there is nothing to verify by. A probe sends no secret and believes no content, whereas taking
        // a missing file for an unreachable API server would get a healthy primary killed.
        ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
        agent: false,
      }),
    options,
  );
}

// Synchronous, as in service-account.ts.
function readCa(caFile: string): string | undefined {
  try {
    const pem = readFileSync(caFile, "utf8");
    // Throws on a text without a certificate, which TLS would take for an empty list of CAs, in silence.
    void new X509Certificate(pem);
    return pem;
  } catch {
    return undefined;
  }
}
