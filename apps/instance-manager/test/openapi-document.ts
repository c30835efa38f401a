import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import * as z from "zod";

const mediaTypeSchema = z.object({ schema: z.record(z.string(), z.unknown()) });

const responseSchema = z.object({
  headers: z.record(z.string(), z.unknown()).default({}),
  content: z.record(z.string(), mediaTypeSchema).default({}),
  "x-error-codes": z.array(z.string()).default([]),
});

const operationSchema = z.object({
  operationId: z.string(),
  requestBody: z.object({ content: z.record(z.string(), mediaTypeSchema) }).optional(),
  responses: z.record(z.string(), responseSchema),
});

const documentSchema = z.object({
  openapi: z.string().regex(/^3\.1\./),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});

type Operation = z.infer<typeof operationSchema>;

/** One reply as it was sent, and what it answers. */
export interface Exchange {
  /** In capitals. */
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly requestBody?: unknown;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** One status of one operation, as the document has it. */
export interface DocumentedStatus {
  /** `promote 412` */
  readonly name: string;
  readonly codes: readonly string[];
}

/** The document of a manager, which live replies are held against. It knows nothing of the schemas that it came from. */
export interface OpenapiDocument {
  readonly statuses: readonly DocumentedStatus[];
  /**
   * Checks a reply: its status, the headers it must have, its media type, its body, the code of an error.
   *
   * @returns The names of the {@link DocumentedStatus} that it is; several for a method that the path doesn't have.
   * @throws Error with what the document doesn't have.
   */
  check(exchange: Exchange): readonly string[];
}

/** Reads a document. */
export function readOpenapiDocument(json: unknown): OpenapiDocument {
  const { paths, components } = documentSchema.parse(close(json));
  const ajv = new Ajv2020({ allErrors: true, strictTypes: false });
  addFormats.default(ajv);
  for (const keyword of ["components", "discriminator", "example"]) ajv.addKeyword(keyword);
  const validators = new Map<object, ValidateFunction>();

  function validate(schema: object, value: unknown, what: string): void {
    const validator = validators.get(schema) ?? ajv.compile({ ...schema, components });
    validators.set(schema, validator);
    if (!validator(value))
      throw new Error(`${what}: ${ajv.errorsText(validator.errors)}: ${JSON.stringify(value)}`);
  }

  /** A method that the path doesn't have is documented at each of those that it has. */
  function findOperations({ method, path }: Pick<Exchange, "method" | "path">): readonly Operation[] {
    const template = Object.keys(paths).find((name) => toPattern(name).test(path));
    // A path without a parameter goes before one with.
    const item = paths[path] ?? paths[template ?? ""] ?? {};
    const operation = item[method === "HEAD" ? "get" : method.toLowerCase()];
    return operation === undefined ? Object.values(item) : [operation];
  }

  function checkOperation(operation: Operation, exchange: Exchange): string {
    const { method, requestBody, status, headers, body } = exchange;
    const name = `${operation.operationId} ${status}`;
    const response = operation.responses[status];
    if (response === undefined) throw new Error(`${name} is not documented`);

    for (const header of Object.keys(response.headers)) {
      if (!headers.has(header)) throw new Error(`${name} lacks ${header}`);
    }
    const sent = operation.requestBody?.content["application/json"]?.schema;
    if (sent !== undefined && status < 300) validate(sent, requestBody, `the request of ${name}`);

    const type = headers.get("content-type");
    const content = Object.keys(response.content);
    if (type === null && content.length === 0) return name;
    const media = type === null ? undefined : response.content[type];
    if (media === undefined) throw new Error(`${name} has the type ${type}, not ${content.join(" or ")}`);
    if (method === "HEAD") return name;
    const value: unknown = type === "application/json" ? JSON.parse(body) : body;
    validate(media.schema, value, name);
    const code = readCode(value);
    if (status >= 400 && code !== undefined && !response["x-error-codes"].includes(code)) {
      throw new Error(`${name} has the code ${code}, not one of ${response["x-error-codes"].join(", ")}`);
    }
    return name;
  }

  return {
    statuses: Object.values(paths)
      .flatMap((item) => Object.values(item))
      .flatMap(({ operationId, responses }) =>
        Object.entries(responses).map(([status, response]) => ({
          name: `${operationId} ${status}`,
          codes: response["x-error-codes"],
        })),
      ),

    check(exchange) {
      const found = findOperations(exchange);
      if (found.length === 0) throw new Error(`${exchange.path} is not documented`);
      return found.map((operation) => checkOperation(operation, exchange));
    },
  };
}

/** Callers have to expect fields that aren't documented; of this manager's own none may be missing there. */
function close(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(close);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, close(inner)] as const);
  const isObjectSchema = "properties" in value && !("additionalProperties" in value);
  return { ...Object.fromEntries(entries), ...(isObjectSchema && { additionalProperties: false }) };
}

function toPattern(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

function readCode(value: unknown): string | undefined {
  return z.object({ error: z.object({ code: z.string() }) }).safeParse(value).data?.error.code;
}
