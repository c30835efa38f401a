/**
 * Of one other character V8 makes two bytes of each: it keeps the whole source, and parses it more slowly. esbuild escapes them but in
 * templates that are taken raw.
 *
 * @throws Error that names the file and the first such character.
 */
export function requireAscii(file: string, source: string): void {
  const found = /.{0,40}[^\0-\x7F]/u.exec(source)?.[0];
  if (found !== undefined) throw new Error(`${file} isn't ASCII: escape the last character of ${found}`);
}
