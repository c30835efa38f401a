import { demoteQuerySchema, promoteQuerySchema } from "@redis-operator/client/contract";
import * as z from "zod";
import { isOfRequest, toComponents } from "./components.ts";
import type { Docstrings } from "./docstrings.ts";
import type { JsonSchema } from "./json-schema.ts";
import { toParameters } from "./parameters.ts";

const queries = {
  PromoteRequest: { schema: promoteQuerySchema, constant: "promoteQuerySchema" },
  DemoteRequest: { schema: demoteQuerySchema, constant: "demoteQuerySchema" },
} as const;

/**
 * The types of every request and reply, each field with its docstring. What zod infers from a schema has none, and what an
 * editor shows of a field is the first that the SDK's users see of the contract.
 */
export function renderTypes(docstrings: Docstrings): string {
  const { Error: errorBody = {}, ...components } = toComponents(docstrings);
  const schemas = { ...components, ErrorBody: errorBody, ...toQueries(docstrings) };
  const types = Object.entries(schemas).map(([name, schema]) => {
    // JSON leaves out what is undefined, as a caller's own setting may be; a query would hold the word.
    const optional = isOfRequest(name) ? " | undefined" : "";
    return `${renderComment(schema)}export type ${name} = ${renderType(schema, optional)};`;
  });
  return [
    "// Written by scripts/generate-docs.ts from the schemas beside this and their docstrings.",
    ...types,
  ].join("\n\n");
}

function toQueries(docstrings: Docstrings): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    Object.entries(queries).map(([name, query]) => {
      const { required = [] } = z.toJSONSchema(query.schema, { unrepresentable: "any" });
      const fields = toParameters({ query }, docstrings).map(
        ({ name: field, description, schema: { default: _default, ...schema } }) =>
          [field, { ...schema, description }] as const,
      );
      const description = docstrings.get(query.constant);
      return [name, { description, properties: Object.fromEntries(fields), required }];
    }),
  );
}

/** @param optional - Stands behind the type of each field that may be left out. */
function renderType(value: unknown, optional: string): string {
  const schema = toRecord(value);
  const { $ref: ref, type, const: only, enum: values, oneOf: variants } = schema;
  if (typeof ref === "string") return ref.slice(ref.lastIndexOf("/") + 1);
  if (Array.isArray(variants)) return variants.map((variant) => renderType(variant, optional)).join(" | ");
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(values)) return values.map((one) => JSON.stringify(one)).join(" | ");
  if (type === "array") return `(${renderType(schema["items"], optional)})[]`;
  if (schema["properties"] !== undefined) return `{\n${renderFields(schema, optional)}\n}`;
  if (type === "object") {
    return `Readonly<Record<string, ${renderType(schema["additionalProperties"], optional)}>>`;
  }
  return type === "integer" ? "number" : String(type);
}

function renderFields(schema: JsonSchema, optional: string): string {
  const required: readonly unknown[] = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(toRecord(schema["properties"]))
    .map(([name, value]) => {
      const field = toRecord(value);
      const comment = renderComment(field);
      const type = renderType(field, optional);
      return required.includes(name)
        ? `${comment}${name}: ${type};`
        : `${comment}${name}?: ${type}${optional};`;
    })
    .join("\n");
}

function renderComment({ description, default: byDefault }: JsonSchema): string {
  if (typeof description !== "string") return "";
  return `/** ${description}${byDefault === undefined ? "" : ` Default: \`${JSON.stringify(byDefault)}\`.`} */\n`;
}

function toRecord(value: unknown): JsonSchema {
  return Object.fromEntries(Object.entries(Object(value)));
}
