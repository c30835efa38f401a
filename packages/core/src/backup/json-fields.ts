import { describeError } from "../errors.ts";

/** Reads the fields of a JSON object that was written by this project. Every method throws if a field doesn't fit. */
export interface JsonFields {
  /** A text that is not empty. */
  text(name: string, pattern?: RegExp): string;
  /** As {@link text}, or `undefined` for a field that is not there. */
  optionalText(name: string): string | undefined;
  optionalFlag(name: string): boolean | undefined;
  /** A whole number from 0 on. */
  count(name: string): number;
  /** A whole number from 0 on for every field of an object, whose names match the pattern. */
  counts(name: string, pattern: RegExp): Readonly<Record<string, number>>;
  oneOf<Value extends string>(name: string, values: readonly Value[]): Value;
  /** As {@link oneOf}, or `undefined` for a field that is not there. */
  optionalOneOf<Value extends string>(name: string, values: readonly Value[]): Value | undefined;
  /** A list of texts that match the pattern. */
  texts(name: string, pattern: RegExp): readonly string[];
  /** A time as ISO 8601. */
  time(name: string): string;
  /** An object within. */
  object(name: string): JsonFields;
  /** As {@link object}, or `undefined` for a field that is not there. */
  optionalObject(name: string): JsonFields | undefined;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses a text as a JSON object.
 *
 * @param toError - Makes the error that is thrown, here and by the fields, of the reason.
 */
export function parseJsonFields(text: string, toError: (why: string) => Error): JsonFields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw toError(`it is no JSON: ${describeError(cause)}`);
  }
  if (!isJsonObject(value)) throw toError("it is no JSON object");
  return createFields(value, toError);
}

function createFields(object: JsonObject, toError: (why: string) => Error): JsonFields {
  const wrong = (name: string) => toError(`its field ${name} is missing or wrong`);

  function text(name: string, pattern = /./su): string {
    const value = object[name];
    if (typeof value !== "string" || !pattern.test(value)) throw wrong(name);
    return value;
  }

  function oneOf<Value extends string>(name: string, values: readonly Value[]): Value {
    const value = values.find((candidate) => candidate === object[name]);
    if (value === undefined) throw wrong(name);
    return value;
  }

  function nested(name: string): JsonFields {
    const value = object[name];
    if (!isJsonObject(value)) throw wrong(name);
    return createFields(value, toError);
  }

  return {
    text,
    oneOf,
    object: nested,
    optionalText: (name) => (object[name] === undefined ? undefined : text(name)),
    optionalFlag(name) {
      const value = object[name];
      if (value !== undefined && typeof value !== "boolean") throw wrong(name);
      return value;
    },
    count(name) {
      const value = object[name];
      if (!isCount(value)) throw wrong(name);
      return value;
    },
    counts(name, pattern) {
      const value = object[name];
      if (!isJsonObject(value)) throw wrong(name);
      const entries = Object.entries(value).map(([key, count]) => {
        if (!pattern.test(key) || !isCount(count)) throw wrong(name);
        return [key, count] as const;
      });
      return Object.fromEntries(entries);
    },
    texts(name, pattern) {
      const value = object[name];
      if (!Array.isArray(value)) throw wrong(name);
      return value.map((item: unknown) => {
        if (typeof item !== "string" || !pattern.test(item)) throw wrong(name);
        return item;
      });
    },
    time(name) {
      const value = text(name);
      if (Number.isNaN(Date.parse(value))) throw wrong(name);
      return value;
    },
    optionalOneOf: (name, values) => (object[name] === undefined ? undefined : oneOf(name, values)),
    optionalObject: (name) => (object[name] === undefined ? undefined : nested(name)),
  };
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
