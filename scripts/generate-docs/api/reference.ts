import { errorCodes } from "@redis-operator/client/contract";
import { errorStatuses } from "@redis-operator/instance-manager/error-status";
import { renderBodies } from "./bodies.ts";
import type { Docstrings } from "./docstrings.ts";
import { errorsByStatus, listAnsweredCodes } from "./errors.ts";
import { renderTable } from "./markdown.ts";
import type { Operation, Reply } from "./operation.ts";
import { type Endpoint, endpoints } from "./operations.ts";
import { toParameters } from "./parameters.ts";

const introduction = `# The API

What an instance manager answers on port 8080 of its pod, for whoever has \`curl\`. The same as OpenAPI 3.1: [openapi.json](../packages/client/openapi.json), and
\`GET /openapi.json\` of every one of them. Typed, with deadlines and errors: [the SDK](../packages/client/README.md). A sentinel manager has \`/healthz\` and \`/readyz\`
alone, in plain text.

- Anything that is not below is 404 \`NOT_FOUND\`; another method on a path below 405 \`METHOD_NOT_ALLOWED\` with \`Allow\`. \`HEAD\` works where \`GET\` does.
- Errors are \`{"error":{"code","message"}}\`, those of the two probes a line of plain text. [Codes](#codes) are stable; a newer manager has more of them, and more
  fields in its replies.
- Nobody has to show credentials unless the manager is configured so: [api-access.md](api-access.md). Then each command needs
  \`-H "Authorization: Bearer $TOKEN"\`, or \`--cert\` and \`--key\`.
- "Extension" marks what not every manager knows.`;

/** docs/api.md: the API for people with a terminal. */
export function renderReference(docstrings: Docstrings): string {
  return [
    introduction,
    "<!-- Written by scripts/generate-docs.ts from the contract; edit that. -->",
    ...endpoints.map((endpoint) => renderEndpoint(endpoint, docstrings)),
    "## Bodies",
    renderBodies(docstrings),
    "## Codes",
    renderCodes(),
  ].join("\n\n");
}

function renderEndpoint({ method, path, operation }: Endpoint, docstrings: Docstrings): string {
  const { summary, description, curl, requestBody } = operation;
  const parameters = toParameters(operation, docstrings);
  return [
    `## ${method} ${path}`,
    `${summary}. ${description}`,
    ...(requestBody === undefined ? [] : [`The body is a ${linkTo(requestBody.component)}.`]),
    ...(parameters.length === 0
      ? []
      : [
          renderTable(
            ["parameter", "in", "meaning"],
            parameters.map(({ name, in: place, description: meaning, required, schema }) => [
              `\`${name}\``,
              place,
              `${required && schema["default"] === undefined ? "Required. " : ""}${meaning}${renderDefault(schema["default"])}`,
            ]),
          ),
        ]),
    renderTable(
      ["status", "answer"],
      [...operation.replies.map(renderReply), ...renderErrors(operation)].toSorted(
        ([one], [other]) => Number(one) - Number(other),
      ),
    ),
    ["```sh", curl, "```"].join("\n"),
    ...renderExample(operation),
  ].join("\n\n");
}

function renderReply({ status, description, text, json }: Reply): readonly string[] {
  const forms = [
    ...(text === undefined || text.some((line) => line.includes("\n"))
      ? []
      : text.map((line) => `\`${line}\``)),
    ...(json?.component === undefined ? [] : [linkTo(json.component)]),
  ];
  return [String(status), [description, forms.join(", ")].filter((part) => part !== "").join(" ")];
}

function renderErrors(operation: Operation): readonly (readonly string[])[] {
  return errorsByStatus(operation).map(([status, codes]) => [
    String(status),
    codes.map((code) => `\`${code}\``).join(", "),
  ]);
}

/** The first reply that the command can have: as JSON if there is one, else as text. */
function renderExample({ replies: [reply] }: Operation): readonly string[] {
  if (reply?.json?.component !== undefined) {
    return [["```json", JSON.stringify(reply.json.example), "```"].join("\n")];
  }
  return reply?.text === undefined ? [] : [["```text", reply.text.join("\n").trimEnd(), "```"].join("\n")];
}

function renderCodes(): string {
  const codes = listAnsweredCodes(endpoints.map(({ operation }) => operation));
  return renderTable(
    ["code", "status", "meaning", "what to do", "transient"],
    codes.map((code) => {
      const { meaning, action, isTransient } = errorCodes[code];
      return [`\`${code}\``, String(errorStatuses[code]), meaning, action, isTransient ? "yes" : "no"];
    }),
  );
}

function renderDefault(value: unknown): string {
  return value === undefined || value === false ? "" : ` Default: \`${JSON.stringify(value)}\`.`;
}

function linkTo(component: string): string {
  return `[${component}](#${component.toLowerCase()})`;
}
