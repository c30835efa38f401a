import { errorCodes } from "@redis-operator/client/contract";
import { errorStatuses } from "@redis-operator/instance-manager/error-status";
import { refTo, toComponents } from "./components.ts";
import type { Docstrings } from "./docstrings.ts";
import { errorsByStatus, listAnsweredCodes } from "./errors.ts";
import { type Operation, requestIdHeader, requestIdReplyHeader, tags } from "./operation.ts";
import { endpoints } from "./operations.ts";
import { toParameters } from "./parameters.ts";

const textType = "text/plain; charset=utf-8";
const jsonType = "application/json";

const description = `What an instance manager answers on port 8080 of its pod. A sentinel manager has \`/healthz\` and \`/readyz\` alone.

Any other path is 404 \`NOT_FOUND\`; \`HEAD\` works where \`GET\` does. Replies may hold more fields than stand here, and errors other codes: newer managers have more. "Extension" marks what not every manager knows.

Errors are \`{"error":{"code","message","requestId"}}\`, the last of them where the request has an id; those of the two probes are a line of plain text. \`x-error-codes\` lists the codes: beside a reply those that it can hold, at the end of the document what each means.`;

/** The API of an instance manager in OpenAPI 3.1, as JSON. */
export function renderOpenapi({
  version,
  docstrings,
}: {
  readonly version: string;
  readonly docstrings: Docstrings;
}): string {
  const document = {
    openapi: "3.1.1",
    info: {
      title: "Redis instance manager",
      version,
      description,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [
      {
        url: "http://{podIP}:{port}",
        description: "One manager for each pod, called by the pod's address. Over TLS the scheme is https.",
        variables: { podIP: { default: "127.0.0.1" }, port: { default: "8080" } },
      },
    ],
    // By default everybody may call; what is asked for is up to the manager's configuration.
    security: [{}, { bearerToken: [] }, { clientCertificate: [] }],
    tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    paths: toPaths(docstrings),
    components: {
      schemas: toComponents(docstrings),
      securitySchemes: {
        bearerToken: {
          type: "http",
          scheme: "bearer",
          description:
            "Where `API_TOKEN_FILE` is set: for what changes something, with `API_TOKEN_REQUIRED_FOR=all` for everything but `/healthz`, `/readyz` and `/failsafe`.",
        },
        clientCertificate: {
          type: "mutualTLS",
          description:
            "Where `API_TLS_CLIENT_AUTH` is `optional` (in place of the token) or `required` (for everything).",
        },
      },
    },
    "x-error-codes": Object.fromEntries(
      listAnsweredCodes(endpoints.map(({ operation }) => operation)).map((code) => [
        code,
        { status: errorStatuses[code], ...errorCodes[code] },
      ]),
    ),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function toPaths(docstrings: Docstrings) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { operationId, method, path, operation } of endpoints) {
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: { operationId, ...toOperationObject(operation, docstrings) },
    };
  }
  return paths;
}

function toOperationObject(operation: Operation, docstrings: Docstrings) {
  const { tag, summary, description: text, requestBody } = operation;
  const parameters = toParameters(operation, docstrings);
  return {
    tags: [tag],
    summary,
    description: text,
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody !== undefined && {
      requestBody: {
        required: true,
        content: { [jsonType]: { schema: refTo(requestBody.component), example: requestBody.example } },
      },
    }),
    responses: Object.fromEntries([...toReplies(operation), ...toErrors(operation)]),
  };
}

function toReplies(operation: Operation) {
  return operation.replies.map((reply) => {
    const { status, text, json } = reply;
    const headers = [...listIdHeader(operation), ...(reply.headers ?? [])];
    const content = {
      ...(text !== undefined && {
        [reply.textType ?? textType]: { schema: { type: "string" }, ...toExamples(text) },
      }),
      ...(json !== undefined && {
        [jsonType]: {
          schema: json.component === undefined ? { type: "object" } : refTo(json.component),
          example: json.example,
        },
      }),
    };
    return [
      String(status),
      {
        description: reply.description,
        ...(headers.length > 0 && { headers: toHeaders(headers) }),
        ...(Object.keys(content).length > 0 && { content }),
      },
    ];
  });
}

/** One example as such, several by their number. */
function toExamples(texts: readonly string[]) {
  if (texts.length === 1) return { example: texts[0] };
  return { examples: Object.fromEntries(texts.map((value, index) => [`example${index + 1}`, { value }])) };
}

function toErrors(operation: Operation) {
  const challenge = { name: "WWW-Authenticate", description: "What is asked for.", example: "Bearer" };
  const allow = { name: "Allow", description: "The methods that the path has.", example: "GET, HEAD" };
  const isText = operation.errors.form === "text";
  const content = isText
    ? { [textType]: { schema: { type: "string" } } }
    : { [jsonType]: { schema: refTo("Error") } };
  return errorsByStatus(operation).map(([status, codes]) => {
    const headers = [
      ...listIdHeader(operation),
      ...(status === errorStatuses.UNAUTHORIZED ? [challenge] : []),
      ...(status === errorStatuses.METHOD_NOT_ALLOWED ? [allow] : []),
    ];
    return [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${errorCodes[code].meaning}`).join("\n\n"),
        ...(headers.length > 0 && { headers: toHeaders(headers) }),
        content,
        "x-error-codes": codes,
      },
    ];
  });
}

function listIdHeader({ headers = [] }: Operation) {
  return headers.includes(requestIdHeader) ? [requestIdReplyHeader] : [];
}

function toHeaders(headers: NonNullable<Operation["headers"]>) {
  return Object.fromEntries(
    headers.map(({ name, description: text, example }) => [
      name,
      { description: text, required: true, schema: { type: "string" }, example },
    ]),
  );
}
