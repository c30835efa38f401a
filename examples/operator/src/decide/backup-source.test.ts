import { describe, expect, it } from "vitest";
import { failing, primary, replica } from "../../test/observations.ts";
import { chooseBackupSource } from "./backup-source.ts";

describe("chooseBackupSource", () => {
  it.each([
    ["the replica that is furthest along", [primary("a"), replica("b"), replica("c", { offset: 200 })], "c"],
    ["no replica without a link", [primary("a"), replica("b", { link: "down" })], "a"],
    ["nobody where none will do", [failing("a"), replica("b", { link: "down" })], undefined],
  ])("chooses %s", (_, observations, chosen) => {
    expect(chooseBackupSource(observations, "a")).toBe(chosen);
  });
});
