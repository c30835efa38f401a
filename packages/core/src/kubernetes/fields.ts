import { describeError, InstanceError } from "../errors.ts";

/**
 * Reads the fields of one JSON object by their path (`spec.primaryIsolation.enabled`). A missing field, and `null`
 * as Go writes an absent one, is `undefined`.
 *
 * Every method throws InstanceError `KUBERNETES_REPLY_INVALID`, naming object and field, if a value doesn't fit.
 */
export interface Fields {
  /** As it stands there. */
  value(path: string): unknown;
  /** An empty string counts as absent: Go writes one for a field that isn't set. */
  string(path: string): string | undefined;
  boolean(path: string): boolean | undefined;
  /** An absent list is empty. */
  list(path: string): readonly unknown[];
  /** An object whose values are strings, or numbers and booleans that were written without quotes; an absent one is empty. */
  strings(path: string): Readonly<Record<string, string>>;
  /** A string that `parse` turns into a value; what it throws says why it doesn't fit. */
  parsed<Value>(path: string, parse: (text: string) => Value): Value | undefined;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Looks into a JSON value that should be an object.
 *
 * @param what - Names the object in messages, e.g. `RedisCluster default/cache`.
 * @throws InstanceError `KUBERNETES_REPLY_INVALID` if it is none.
 */
export function readFields(value: unknown, what: string): Fields {
  if (!isObject(value)) throw new InstanceError("KUBERNETES_REPLY_INVALID", `${what} is no JSON object`);
  const root = value;

  function mismatch(path: string, problem: string, options?: ErrorOptions): InstanceError {
    return new InstanceError("KUBERNETES_REPLY_INVALID", `${what}: ${path} ${problem}`, options);
  }

  function valueAt(path: string): unknown {
    let parent: unknown = root;
    const walked: string[] = [];
    for (const name of path.split(".")) {
      if (parent === undefined || parent === null) return undefined;
      if (!isObject(parent)) throw mismatch(walked.join("."), "is no object");
      walked.push(name);
      parent = Object.hasOwn(parent, name) ? parent[name] : undefined;
    }
    return parent ?? undefined;
  }

  function string(path: string): string | undefined {
    const text = valueAt(path) ?? "";
    if (typeof text !== "string") throw mismatch(path, "is no string");
    return text === "" ? undefined : text;
  }

  return {
    value: valueAt,
    string,
    boolean(path) {
      const truth = valueAt(path);
      if (truth !== undefined && typeof truth !== "boolean") throw mismatch(path, "is no boolean");
      return truth;
    },
    list(path) {
      const items: unknown = valueAt(path) ?? [];
      if (!Array.isArray(items)) throw mismatch(path, "is no list");
      return items;
    },
    strings(path) {
      const entries = valueAt(path) ?? {};
      if (!isObject(entries)) throw mismatch(path, "is no object");
      return Object.fromEntries(
        Object.entries(entries).map(([name, text]) => {
          if (!isScalar(text)) throw mismatch(`${path}.${name}`, "is no string");
          return [name, String(text)];
        }),
      );
    },
    parsed(path, parse) {
      const text = string(path);
      if (text === undefined) return undefined;
      try {
        return parse(text);
      } catch (cause) {
        throw mismatch(path, `doesn't fit: ${describeError(cause)}`, { cause });
      }
    },
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
