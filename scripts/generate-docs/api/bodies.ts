import { toComponents } from "./components.ts";
import type { Docstrings } from "./docstrings.ts";
import type { JsonSchema } from "./json-schema.ts";
import { renderTable } from "./markdown.ts";

/** A section for every body of a request or a reply: its fields, their types and what they mean. */
export function renderBodies(docstrings: Docstrings): string {
  const sections = Object.entries(toComponents(docstrings)).map(([name, schema]) =>
    [`### ${name}`, readText(schema["description"]), renderSchema(schema)].join("\n\n"),
  );
  return sections.join("\n\n");
}

function renderSchema(schema: JsonSchema): string {
  if (Array.isArray(schema["oneOf"])) return `One of ${schema["oneOf"].map(renderType).join(", ")}.`;
  return renderTable(["field", "type", "meaning"], listFields(schema, ""));
}

/** The fields of an object, and under their path those of the objects in it. */
function listFields(schema: JsonSchema, prefix: string): readonly (readonly string[])[] {
  const required: readonly unknown[] = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(toRecord(schema["properties"])).flatMap(([name, value]) => {
    const field = toRecord(value);
    const inner = field["type"] === "array" ? toRecord(field["items"]) : field;
    const optional = required.includes(name) ? "" : ", optional";
    const byDefault =
      field["default"] === undefined ? "" : ` Default: \`${JSON.stringify(field["default"])}\`.`;
    return [
      [
        `\`${prefix}${name}\``,
        `${renderType(field)}${optional}`,
        `${readText(field["description"])}${byDefault}`,
      ],
      ...listFields(inner, `${prefix}${name}${field["type"] === "array" ? "[]" : ""}.`),
    ];
  });
}

function renderType(value: unknown): string {
  const schema = toRecord(value);
  const { $ref: ref, type, const: only } = schema;
  if (typeof ref === "string") return renderLink(ref);
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (Array.isArray(schema["enum"])) {
    const values: readonly unknown[] = schema["enum"];
    return values.map((text) => `\`${JSON.stringify(text)}\``).join(", ");
  }
  if (type === "array") return `array of ${renderType(schema["items"])}`;
  return readText(type);
}

function renderLink(ref: string): string {
  const name = ref.slice(ref.lastIndexOf("/") + 1);
  return `[${name}](#${name.toLowerCase()})`;
}

function readText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(Object(value)));
}
