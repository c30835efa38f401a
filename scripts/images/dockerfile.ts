/** One line of a Dockerfile, its continuations joined. */
interface Instruction {
  readonly keyword: string;
  readonly text: string;
}

/** What an image takes from a stage before it. */
export interface Copy {
  readonly stage: string;
  readonly source: string;
  readonly target: string;
}

/** What a Dockerfile says of the image that it ends in. */
export interface ImageDescription {
  readonly copies: readonly Copy[];
  /** Build arguments in it stand at their defaults. */
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: string;
  readonly ports: readonly number[];
  readonly volume: string;
  readonly stopSignal: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/** Reads the last stage of a Dockerfile of this repository. @throws Error on a form that they don't use. */
export function parseDockerfile(text: string): ImageDescription {
  const instructions = readInstructions(text);
  const stage = instructions.slice(instructions.findLastIndex(({ keyword }) => keyword === "FROM") + 1);
  const values = (keyword: string) =>
    stage.flatMap((instruction) => (instruction.keyword === keyword ? [instruction.text] : []));
  const value = (keyword: string) => values(keyword).at(-1) ?? "";
  const defaults = Object.fromEntries(values("ARG").map(readPair));
  return {
    copies: values("COPY").map(readCopy),
    env: Object.fromEntries(values("ENV").map((line) => readPair(fillIn(line, defaults)))),
    workdir: value("WORKDIR"),
    user: value("USER"),
    ports: value("EXPOSE").split(" ").map(Number),
    volume: value("VOLUME"),
    stopSignal: value("STOPSIGNAL"),
    entrypoint: readExecForm(value("ENTRYPOINT")),
    command: readExecForm(value("CMD")),
  };
}

function readInstructions(text: string): readonly Instruction[] {
  const lines = text.replaceAll(/^#.*\n/gm, "").replaceAll(/\s*\\\n\s*/g, " ");
  return [...lines.matchAll(/^([A-Z]+) (.+)$/gm)].map(([, keyword = "", words = ""]) => ({
    keyword,
    text: words,
  }));
}

function readPair(text: string): readonly [string, string] {
  const [name = "", ...value] = text.split("=");
  return [name, value.join("=")];
}

function readCopy(text: string): Copy {
  const [, stage, source, target] = /^--from=(\S+) (\S+) (\S+)$/.exec(text) ?? [];
  if (stage === undefined || source === undefined || target === undefined) {
    throw new Error(`COPY ${text}: not one thing from a stage`);
  }
  return { stage, source, target };
}

function fillIn(text: string, defaults: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => defaults[name] ?? "");
}

function readExecForm(text: string): readonly string[] {
  const words: unknown = JSON.parse(text);
  if (!Array.isArray(words) || !words.every((word) => typeof word === "string")) {
    throw new Error(`${text} is not in exec form`);
  }
  return words;
}
