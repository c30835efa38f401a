import { request } from "node:https";
import { type Exchange, type OpenapiDocument, readOpenapiDocument } from "./openapi-document.ts";

/** Where a manager is asked. */
interface Asked {
  readonly url: string;
}

/** What goes with a request. */
interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks managers, and holds each reply against the document of one. */
export interface OpenapiCaller {
  readonly document: OpenapiDocument;
  /** The names of the documented statuses that have been seen. */
  readonly exercised: ReadonlySet<string>;
  /** Sends one request, `GET /healthz`. @throws Error if the document doesn't have the reply as it is. */
  send(
    manager: Asked,
    line: string,
    sent?: Sent,
  ): Promise<{ readonly status: number; readonly text: string }>;
  /** As `send`, a `GET` over TLS without a certificate of one's own. @returns The status. */
  sendTls(manager: Asked, path: string, ca: string): Promise<number>;
}

/** Reads the document of a manager. */
export async function createOpenapiCaller({ url }: Asked): Promise<OpenapiCaller> {
  const served = await fetch(`${url}/openapi.json`);
  const document = readOpenapiDocument(await served.json());
  const exercised = new Set<string>();

  function record(exchange: Exchange): void {
    for (const name of document.check(exchange)) exercised.add(name);
  }

  return {
    document,
    exercised,

    async send(manager, line, { body, headers = {} } = {}) {
      const [method = "", target = ""] = line.split(" ");
      const json = body === undefined ? undefined : JSON.stringify(body);
      const response = await fetch(`${manager.url}${target}`, {
        method,
        headers: { ...headers },
        ...(json !== undefined && { body: json }),
      });
      const text = await response.text();
      const { status } = response;
      const path = target.replace(/\?.*/, "");
      const requestBody: unknown = json === undefined ? undefined : JSON.parse(json);
      record({ method, path, requestBody, status, headers: response.headers, body: text });
      return { status, text };
    },

    async sendTls(manager, path, ca) {
      const response = await getOverTls(`${manager.url}${path}`, ca);
      record({ method: "GET", path, ...response });
      return response.status;
    },
  };
}

function getOverTls(url: string, ca: string): Promise<Pick<Exchange, "body" | "headers" | "status">> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca }, (reply) => {
      let body = "";
      reply.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      const headers = new Headers(
        Object.entries(reply.headers).map(([name, value]) => [name, String(value)]),
      );
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, headers, body }));
    });
    sent.on("error", reject).end();
  });
}
