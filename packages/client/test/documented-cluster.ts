import { readFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import type { ServerOptions } from "node:https";
import * as z from "zod";
import { startStubManager, type StubManager } from "./stub-manager.ts";

const contentSchema = z.record(z.string(), z.object({ example: z.unknown().optional() }));

const operationSchema = z.object({
  operationId: z.string(),
  responses: z.record(z.string(), z.object({ content: contentSchema.default({}) })),
});

const documentSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), operationSchema)) });

type Operation = z.infer<typeof operationSchema>;

/** Managers that answer as the examples of the API's description do, and remember who was promoted and demoted. */
export interface DocumentedCluster extends AsyncDisposable {
  /** The port of each pod on loopback, by its address. */
  readonly ports: Readonly<Record<string, number>>;
}

/** Starts a manager for each address; the first is the primary's. */
export async function startDocumentedCluster(
  addresses: readonly string[],
  tls?: ServerOptions,
): Promise<DocumentedCluster> {
  const { paths } = documentSchema.parse(
    JSON.parse(await readFile(new URL("../openapi.json", import.meta.url), "utf8")),
  );
  const stack = new AsyncDisposableStack();
  const pods: [string, StubManager][] = [];
  for (const [index, address] of addresses.entries()) {
    const answer = createAnswer(paths, index === 0 ? "primary" : "replica");
    pods.push([address, stack.use(await startStubManager(answer, { ...(tls !== undefined && { tls }) }))]);
  }
  return {
    ports: Object.fromEntries(pods.map(([address, { port }]) => [address, port])),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function createAnswer(
  paths: z.infer<typeof documentSchema>["paths"],
  firstRole: "primary" | "replica",
): RequestListener {
  let role = firstRole;
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://pod");
    const template = pathname.replace(/^(\/v1\/backups\/)(?!prune$).+/, "$1{name}");
    const operation = paths[template]?.[(request.method ?? "").toLowerCase()];
    if (operation?.operationId === "promote") role = "primary";
    if (operation?.operationId === "demote") role = "replica";
    // The description shows a primary's status at the one, a replica's at the other.
    const shown =
      operation?.operationId === "status" && role === "replica" ? paths["/v1/demote"]?.["post"] : operation;
    const status = request.headers["prefer"] === "respond-async" ? 202 : 200;
    const isJson = request.headers.accept === "application/json" || searchParams.has("verbose");
    const body = exampleOf(shown, status, isJson ? /json/ : /text/);
    response
      .writeHead(body === undefined ? 404 : status, {
        "content-type": typeof body === "string" ? "text/plain; charset=utf-8" : "application/json",
      })
      .end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

function exampleOf(operation: Operation | undefined, status: number, type: RegExp): unknown {
  const content = Object.entries(operation?.responses[status]?.content ?? {});
  const [, media] = content.find(([name]) => type.test(name)) ?? [];
  return media?.example;
}
