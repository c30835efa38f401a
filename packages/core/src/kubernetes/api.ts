import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { describeError, InstanceError, isInstanceError } from "../errors.ts";
import { exchange, type ExchangeOptions } from "../http-exchange.ts";
import { formatHostPort } from "../host-port.ts";
import { readFields } from "./fields.ts";
import { readServiceAccount } from "./service-account.ts";

/** The Kubernetes API server, as far as an agent reads from it. */
export interface KubernetesApi {
  /** `host:port`, for messages. */
  readonly address: string;
  /**
   * Reads one resource.
   *
   * @param path - Path and query, encoded.
   * @param options.timeoutMs - Covers everything up to the last byte of the body.
   * @throws InstanceError `KUBERNETES_UNREACHABLE` (no connection, TLS, timed out, cancelled, no service account);
   * `KUBERNETES_REFUSED` (any status but 200); `KUBERNETES_REPLY_INVALID` (no JSON, or over the size limit).
   */
  getJson(path: string, options: ExchangeOptions): Promise<unknown>;
}

/** Where the API server is, and with which service account we speak to it. */
export interface KubernetesApiOptions {
  readonly host: string;
  readonly port: number;
  /** Folder with `token` and `ca.crt`, read anew for every request. */
  readonly serviceAccountDir: string;
}

// A resource is at most 1.5 MiB in etcd; a page of our pod list stays below this too.
const replyLimitBytes = 4 * 1024 * 1024;

/** Creates a client of the API server. It keeps no connection: an agent reads seldom, and a kept one can be half-open. */
export function createKubernetesApi({ host, port, serviceAccountDir }: KubernetesApiOptions): KubernetesApi {
  const address = formatHostPort(host, port);

  async function get(path: string, options: ExchangeOptions): Promise<Reply> {
    const { token, ca } = readServiceAccount(serviceAccountDir);
    const headers = { accept: "application/json", authorization: `Bearer ${token}` };
    return exchange(() => request({ host, port, path, ca, headers, agent: false }), readReply, options);
  }

  return {
    address,
    async getJson(path, options) {
      const attempted = `GET ${path} on the API server at ${address}`;
      let reply: Reply;
      try {
        reply = await get(path, options);
      } catch (cause) {
        const code = isInstanceError(cause) ? cause.code : "KUBERNETES_UNREACHABLE";
        throw new InstanceError(code, `${attempted} failed: ${describeError(cause)}`, { cause });
      }
      if (reply.status !== 200) {
        throw new InstanceError(
          "KUBERNETES_REFUSED",
          `${attempted} was answered ${reply.status}: ${readReason(reply)}`,
        );
      }
      const value = parseJson(reply.body);
      if (value === undefined) {
        throw new InstanceError("KUBERNETES_REPLY_INVALID", `${attempted} was answered without JSON`);
      }
      return value;
    },
  };
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

async function readReply(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of response) {
    const chunk: Buffer = piece;
    sizeBytes += chunk.length;
    if (sizeBytes > replyLimitBytes) {
      throw new InstanceError("KUBERNETES_REPLY_INVALID", `the reply exceeds ${replyLimitBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
}

/** Why the API server refused: reason and message of its `Status` object. */
function readReason({ body }: Reply): string {
  try {
    const status = readFields(parseJson(body), "the reply");
    const [reason = "no reason given", message] = [status.string("reason"), status.string("message")];
    return message === undefined ? reason : `${reason}, ${message.slice(0, 300)}`;
  } catch {
    // A proxy in between answers in its own form.
    return "no reason given";
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
