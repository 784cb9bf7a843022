// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import type { Line } from "../../host/generated";
import { pieces, RowElement } from "./paint";

function line(text: string, more: Partial<Line> = {}): Line {
  return { number: 1, text, syntax: [], words: [], hidden: [], ending: null, ...more };
}

describe("pieces", () => {
  it("keeps a plain line whole", () => {
    expect(pieces(line("plain"))).toEqual([{ text: "plain", classes: "", hidden: null }]);
  });

  it("cuts where syntax and changed words begin and end", () => {
    const cut = pieces(line("let sum = 0", { syntax: [[0, 3, "keyword"]], words: [[0, 7]] }));
    expect(cut.map((piece) => [piece.text, piece.classes])).toEqual([
      ["let", "code-keyword word"],
      [" sum", "word"],
      [" = 0", ""],
    ]);
  });

  it("makes nothing of roles without a colour, and one piece of two words of one colour", () => {
    const syntax: [number, number, string][] = [
      [0, 6, "keyword"],
      [7, 8, "keyword"],
      [16, 1, "punctuation"],
    ];
    const cut = pieces(line("export function (", { syntax }));
    expect(cut.map((piece) => [piece.text, piece.classes])).toEqual([
      ["export function", "code-keyword"],
      [" (", ""],
    ]);
  });

  it("names each hidden character by itself", () => {
    const cut = pieces(
      line("a\u202e\u202eb", {
        hidden: [
          [1, 1, "U+202E"],
          [2, 1, "U+202E"],
        ],
      }),
    );
    expect(cut.map((piece) => piece.hidden)).toEqual([null, "U+202E", "U+202E", null]);
  });

  it("survives spans past the end of a cut line", () => {
    const cut = pieces(line("abc", { syntax: [[1, 900, "string"]] }));
    expect(cut.map((piece) => piece.text).join("")).toBe("abc");
  });

  it("gives nothing for an empty line", () => {
    expect(pieces(line(""))).toEqual([]);
  });
});

describe("RowElement", () => {
  it("shows a removed line with nothing opposite, and says so to a screen reader", () => {
    const row = new RowElement();
    row.show({ kind: "removed", old: line("gone"), new: null, newNumber: null }, 4);
    expect(row.root.textContent).toBe("1Removed: gone");
    expect(row.root.querySelector(".side.new")?.classList.contains("void")).toBe(true);
    expect(row.root.getAttribute("aria-rowindex")).toBe("5");
  });

  it("shows an equal line on both sides with both numbers", () => {
    const row = new RowElement();
    row.show({ kind: "same", old: line("x"), new: null, newNumber: 7 }, 0);
    expect(row.root.textContent).toBe("1x7x");
  });

  it("fills what it has again, and leaves nothing of the line before", () => {
    const row = new RowElement();
    const coloured = line("let a", { syntax: [[0, 3, "keyword"]], ending: "CRLF" });
    row.show({ kind: "removed", old: coloured, new: null, newNumber: null }, 0);
    const span = row.root.querySelector(".old .spoken");
    const other = line("const b", { number: 2, syntax: [[0, 5, "keyword"]] });
    row.show({ kind: "same", old: other, new: null, newNumber: 3 }, 1);
    expect(row.root.textContent).toBe("2const b3const b");
    expect(row.root.className).toBe("row same");
    expect(row.root.querySelector(".void, .ending, .spoken")).toBeNull();
    expect(row.root.contains(span)).toBe(true);
    row.show(
      {
        kind: "same",
        old: line("a\u202eb", { hidden: [[1, 1, "U+202E"]] }),
        new: null,
        newNumber: 1,
      },
      2,
    );
    expect(row.root.querySelector(".hidden-character")?.textContent).toBe("U+202E");
    row.show({ kind: "same", old: line("x"), new: null, newNumber: 1 }, 3);
    expect(row.root.querySelector(".hidden-character")).toBeNull();
    expect(row.root.textContent).toBe("1x1x");
  });

  it("puts text in as text", () => {
    const row = new RowElement();
    row.show({ kind: "added", old: null, new: line("<img src=x>"), newNumber: null }, 0);
    expect(row.root.querySelector("img")).toBeNull();
    expect(row.root.textContent).toContain("<img src=x>");
  });
});
