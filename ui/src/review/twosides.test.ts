import { expect, it } from "vitest";
import { twoSides, type Side } from "./twosides";

const differing = (side: Side) =>
  side.lines.filter((line) => line.differs).map((line) => line.text);

it.each([
  [
    "Soup of the day\nBread\nAnd butter\n",
    "Soup\nBread\n",
    ["Soup of the day", "And butter"],
    ["Soup"],
  ],
  ["a\nb\nc\n", "a\nb\nc\n", [], []],
  ["a\nb\n", "b\na\nb\n", [], ["b"]],
  ["", "new\n", [], ["new"]],
])("marks only the lines that differ: %j, %j", (left, right, mine, theirs) => {
  const [a, b] = twoSides(left, right);
  expect(differing(a)).toEqual(mine);
  expect(differing(b)).toEqual(theirs);
});

it("stays quick for long texts, which then differ from the first to the last difference", () => {
  const long = (word: string) => Array.from({ length: 5000 }, (_, at) => `${word} ${at}`);
  const [a] = twoSides(["same", ...long("a")].join("\n"), ["same", ...long("b")].join("\n"));
  expect(a.lines[0]?.differs).toBe(false);
  expect(differing(a)).toHaveLength(5000);
});
