/** Turns the text of an INFO value into the text of a sample; `undefined` means no sample. */
export type Conversion = (text: string) => string | undefined;

/**
 * The number as Redis wrote it: every digit of a 64-bit value is kept. No sample for -1, which says "never" or "not
 * applicable", nor for what is no decimal number.
 */
export const asWritten: Conversion = (text) =>
  /^-?\d+(\.\d+)?$/.test(text) && text !== "-1" ? text : undefined;

/** Milliseconds to seconds. */
export const fromMilliseconds: Conversion = scale((value) => value / 1e3);

/** Microseconds to seconds. */
export const fromMicroseconds: Conversion = scale((value) => value / 1e6);

/** Kibibytes, which INFO calls `kbps`, to bytes. */
export const fromKibibytes: Conversion = scale((value) => value * 1024);

/** Percent, with or without its sign, to a ratio. */
export const fromPercent: Conversion = (text) => percentToRatio(text.replace(/%$/, ""));

/** 1 for the first word, 0 for the second, no sample for anything else. */
export function flag(one: string, zero: string): Conversion {
  return (text) => (text === one ? "1" : text === zero ? "0" : undefined);
}

const percentToRatio = scale((value) => value / 100);

function scale(convert: (value: number) => number): Conversion {
  return (text) => {
    const written = asWritten(text);
    return written === undefined ? undefined : String(convert(Number(written)));
  };
}
