/**
 * Tells whether a `Prefer` header holds a preference without a value.
 *
 * @param options.preference - In lower case.
 * @see https://www.rfc-editor.org/rfc/rfc7240#section-2
 */
export function prefers(
  header: string | undefined,
  { preference }: { readonly preference: string },
): boolean {
  // A comma or a semicolon within quotes separates nothing; an empty value is none.
  const unquoted = (header ?? "").replaceAll(/"(?:[^"\\]|\\.)*"/g, (value) =>
    value === '""' ? "" : "quoted",
  );
  return unquoted.split(",").some((entry) => {
    const [name = ""] = entry.split(";", 1);
    return name.replace(/=\s*$/, "").trim().toLowerCase() === preference;
  });
}
