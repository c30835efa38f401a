import * as z from "zod";
import type { Docstrings } from "./docstrings.ts";
import { type JsonSchema, toOpenSchema } from "./json-schema.ts";
import type { Operation, Parameters, TextParameter } from "./operation.ts";

/** A Parameter Object of OpenAPI. */
export interface Parameter {
  readonly name: string;
  readonly in: "header" | "path" | "query";
  readonly description: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
  readonly example?: string;
}

/** Every parameter of an operation: path, query, headers. */
export function toParameters(
  { path, query, flags = [], headers = [] }: Pick<Operation, "flags" | "headers" | "path" | "query">,
  docstrings: Docstrings,
): readonly Parameter[] {
  return [
    ...(path === undefined ? [] : readParameters(path, { in: "path", docstrings })),
    ...(query === undefined ? [] : readParameters(query, { in: "query", docstrings })),
    ...flags.map((flag) => toTextParameter(flag, "query")),
    ...headers.map((header) => toTextParameter(header, "header")),
  ];
}

function toTextParameter(parameter: TextParameter, place: "header" | "query"): Parameter {
  const { name, description, example } = parameter;
  return { name, in: place, description, required: false, schema: { type: "string" }, example };
}

function readParameters(
  { schema, constant }: Parameters,
  place: { readonly in: "path" | "query"; readonly docstrings: Docstrings },
): readonly Parameter[] {
  // As the manager understands them: a number is one, though a query holds digits.
  const { properties = {} } = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
  const { required = [] } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return Object.entries(properties).map(([name, property]) => {
    const description = place.docstrings.get(`${constant}.${name}`);
    if (description === undefined) throw new Error(`the contract's ${constant}.${name} has no docstring`);
    return {
      name,
      in: place.in,
      description,
      required: required.includes(name),
      schema: toParameterSchema(toOpenSchema(property), { isFlag: isFlag(schema.shape[name]) }),
    };
  });
}

/** Of texts that stand for true and false zod knows only that something else comes of them; digits have no sign. */
function toParameterSchema(schema: JsonSchema, { isFlag: flag }: { readonly isFlag: boolean }): JsonSchema {
  if (flag) return { type: "boolean", default: false };
  return schema["minimum"] === Number.MIN_SAFE_INTEGER ? { ...schema, minimum: 0 } : schema;
}

function isFlag(schema: z.core.$ZodType | undefined): boolean {
  if (schema === undefined) return false;
  const { enum: values = [] } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return values.length === 2 && values.every((value) => value === "true" || value === "false");
}
