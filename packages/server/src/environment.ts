import * as z from "zod";

/** The environment doesn't fit its schema. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
  /** One line per issue, each beginning with its variable's name. */
  readonly issues: readonly string[];

  constructor(issues: readonly string[]) {
    super(issues.join("\n"));
    this.issues = issues;
  }
}

/**
 * Parses the environment by one schema, an object whose keys are the variables.
 *
 * An empty variable counts as unset: that is what a manifest with `value: ""` means.
 *
 * @throws EnvironmentError with every issue, not only the first.
 */
export function parseEnvironment<Schema extends z.ZodType>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
): z.output<Schema> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  throw new EnvironmentError(
    result.error.issues.map((issue) => `${issue.path.join(".") || "environment"}: ${issue.message}`),
  );
}

/** `true` or `false`, spelled exactly so. */
export const flag = z.enum(["true", "false"]).transform((value) => value === "true");

/** A TCP port in decimal digits, 1 to 65535. */
export const port = parsedBy((text) => {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 65_535) {
    throw new Error("expected a port from 1 to 65535");
  }
  return number;
});

/** How much is logged; pino's names. */
export const logLevel = z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]);

/** A variable that a parser reads; what the parser throws becomes the issue's text. */
export function parsedBy<Value>(parse: (text: string) => Value) {
  return z.string().transform((text, context): Value => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}
