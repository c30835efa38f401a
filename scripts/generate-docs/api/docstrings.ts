import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/** Docstrings by what they stand before: `statusFields` for a constant, `statusFields.role` for a field in it. */
export type Docstrings = ReadonlyMap<string, string>;

/**
 * Reads the docstrings of a folder of schemas: what an editor shows to whoever uses the SDK is what the API's description says.
 * A spread brings the docstrings of the constant that it spreads.
 */
export function readDocstrings(folder: string): Docstrings {
  const docstrings = new Map<string, string>();
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  for (const file of files) readFileDocstrings(join(folder, file), docstrings);
  return docstrings;
}

function readFileDocstrings(file: string, docstrings: Map<string, string>): void {
  const text = readFileSync(file, "utf8");
  const { program, comments } = parseSync(file, text);
  const path: string[] = [];

  /** Adds the docstring that ends where a node begins. */
  function add(start: number): void {
    const comment = comments.find(({ end }) => end <= start && text.slice(end, start).trim() === "");
    if (comment?.type === "Block" && comment.value.startsWith("*")) {
      docstrings.set(path.join("."), toText(comment.value));
    }
  }

  new Visitor({
    VariableDeclaration(node) {
      const [declarator] = node.declarations;
      if (declarator?.id.type !== "Identifier") return;
      path.push(declarator.id.name);
      const isExported = text.slice(0, node.start).endsWith("export ");
      add(isExported ? node.start - "export ".length : node.start);
      path.pop();
    },
    VariableDeclarator(node) {
      path.push(node.id.type === "Identifier" ? node.id.name : "");
    },
    "VariableDeclarator:exit": () => void path.pop(),
    Property(node) {
      path.push(node.key.type === "Identifier" ? node.key.name : "");
      add(node.start);
    },
    "Property:exit": () => void path.pop(),
    SpreadElement({ argument }) {
      if (argument.type !== "Identifier") return;
      for (const [source, docstring] of docstrings) {
        if (source.startsWith(`${argument.name}.`)) {
          docstrings.set([...path, source.slice(argument.name.length + 1)].join("."), docstring);
        }
      }
    },
  }).visit(program);
}

/** The text of a docstring on one line, without its tags. */
function toText(comment: string): string {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\*\s?/, "").trim());
  const tags = lines.findIndex((line) => line.startsWith("@"));
  return (tags === -1 ? lines : lines.slice(0, tags))
    .join(" ")
    .replaceAll(/\{@link ([^}]+)\}/g, "`$1`")
    .replaceAll(/\s+/g, " ")
    .trim();
}
