import type { Docstrings } from "./docstrings.ts";

/** A JSON Schema, as JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Brings a schema of zod's into what callers may rely on: fields that it doesn't name are allowed, as newer managers have more.
 */
export function toOpenSchema(schema: unknown): JsonSchema {
  const { $schema: _dialect, $id: _id, ...rest } = toRecord(open(schema));
  return rest;
}

/**
 * Puts each field's docstring beside it, and the constant's own beside the whole.
 *
 * @throws Error for a field without one.
 */
export function describeFields(
  schema: JsonSchema,
  { constant, docstrings }: { readonly constant: string; readonly docstrings: Docstrings },
): JsonSchema {
  const description = docstrings.get(constant);
  return {
    ...(description !== undefined && { description }),
    ...describeProperties(schema, { path: constant, docstrings }),
  };
}

function describeProperties(
  schema: JsonSchema,
  { path, docstrings }: { readonly path: string; readonly docstrings: Docstrings },
): JsonSchema {
  if (schema["items"] !== undefined) {
    return { ...schema, items: describeProperties(toRecord(schema["items"]), { path, docstrings }) };
  }
  if (schema["properties"] === undefined) return schema;
  const properties = Object.entries(toRecord(schema["properties"])).map(([name, field]) => {
    const fieldPath = `${path}.${name}`;
    const description = docstrings.get(fieldPath);
    if (description === undefined) throw new Error(`the contract's ${fieldPath} has no docstring`);
    return [name, { description, ...describeProperties(toRecord(field), { path: fieldPath, docstrings }) }];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}

function open(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(open);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([name, inner]) => !isClosed(name, inner));
  const opened = Object.fromEntries(entries.map(([name, inner]) => [name, open(inner)]));
  // The format says it; zod's pattern is a screenful.
  if (opened["format"] === "date-time") delete opened["pattern"];
  return opened;
}

function isClosed(name: string, value: unknown): boolean {
  return name === "propertyNames" || (name === "additionalProperties" && value === false);
}

function toRecord(value: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(Object(value)));
}
