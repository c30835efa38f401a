/**
 * Tells whether an `Accept-Encoding` header takes gzip.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
 */
export function acceptsGzip(header: string | undefined): boolean {
  const codings = (header ?? "").toLowerCase().split(",").map(parseCoding);
  const named = codings.find(({ name }) => name === "gzip" || name === "x-gzip");
  const chosen = named ?? codings.find(({ name }) => name === "*");
  return chosen !== undefined && !chosen.isRefused;
}

function parseCoding(entry: string): { readonly name: string; readonly isRefused: boolean } {
  const [name = "", ...parameters] = entry.split(";").map((part) => part.trim());
  return { name, isRefused: parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter)) };
}
