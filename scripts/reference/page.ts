/** A page of docs/ that is written from what the code says. */
export interface GeneratedPage {
  /** In docs/. */
  readonly file: string;
  /** What it is written from: what to edit in its place. */
  readonly source: string;
  readonly title: string;
  /** Paragraphs, headings and tables, in Markdown. */
  readonly blocks: () => readonly string[];
}
