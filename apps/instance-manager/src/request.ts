import { describeIssues } from "@redis-operator/client/contract";
import type { Context } from "hono";
import { accepts } from "hono/accepts";
import type * as z from "zod";
import { RequestError } from "./request-error.ts";

/** Parses the body as JSON by a schema, whatever its `Content-Type` says. @throws RequestError `INVALID_REQUEST` */
export async function parseBody<Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await context.req.text();
  return parseBy(schema, parseJson(text));
}

/** Parses the query by a schema; of a parameter given twice the first counts. @throws RequestError `INVALID_REQUEST` */
export function parseQuery<Schema extends z.ZodType>(context: Context, schema: Schema): z.output<Schema> {
  return parseBy(schema, context.req.query());
}

/** Parses the parameters of the path by a schema. @throws RequestError `INVALID_REQUEST` */
export function parseParams<Schema extends z.ZodType>(context: Context, schema: Schema): z.output<Schema> {
  return parseBy(schema, context.req.param());
}

/** Tells whether the caller asks for JSON; without an `Accept`, or with any type allowed, it does not. */
export function wantsJson(context: Context): boolean {
  const json = "application/json";
  return (
    accepts(context, { header: "Accept", supports: ["text/plain", json], default: "text/plain" }) === json
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError("INVALID_REQUEST", "the request body is no JSON");
  }
}

function parseBy<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new RequestError("INVALID_REQUEST", describeIssues(result.error));
}
