/** A logger that keeps what it is given, for assertions. */
export function createRecordingLogger() {
  const lines: { readonly level: string; readonly fields: object; readonly message: string | undefined }[] =
    [];
  const at = (level: string) => (fields: object, message?: string) =>
    void lines.push({ level, fields, message });
  return { lines, logger: { info: at("info"), warn: at("warn"), error: at("error") } };
}
