import { render } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import Blocks from "./Blocks.svelte";
import { Growing, parse } from "./parse";

function drawn(text: string): HTMLElement {
  return render(Blocks, { blocks: parse(text) }).container;
}

describe("what a model writes is data", () => {
  it.each([
    "<script>window.hit = 1</script>",
    "<img src=x onerror='window.hit=1'>",
    "text <img src=x onerror='window.hit=1'> text",
    "![a picture](https://example.com/track.png)",
    "[click](javascript:window.hit=1)",
    "[click](data:text/html,<script>1</script>)",
    "<a href='javascript:1'>x</a>",
    "<iframe src='https://example.com'></iframe>",
    "<svg onload=alert(1)></svg>",
    "<style>body{display:none}</style>",
    "| a |\n|--|\n| <script>1</script> |",
    "> <object data=x></object>",
  ])("%s stays inert", (text) => {
    const box = drawn(text);
    expect(box.querySelectorAll("script,img,iframe,object,a,svg,style,[href],[src]")).toHaveLength(
      0,
    );
    expect("hit" in window).toBe(false);
  });

  it("shows HTML as the characters it is made of", () => {
    expect(drawn("a <b>c</b>").textContent).toContain("a <b>c</b>");
  });

  it("names a picture and its address without loading it", () => {
    expect(drawn("![cat](https://example.com/cat.png)").textContent).toContain(
      "[picture: cat, https://example.com/cat.png]",
    );
  });

  it("shows the whole address of a link and follows nothing", async () => {
    const box = drawn("[docs](https://example.com/a?b=c)");
    const link = box.querySelector("button");
    expect(link?.title).toBe("https://example.com/a?b=c");
    link?.click();
    await Promise.resolve();
    expect(box.textContent).toContain("https://example.com/a?b=c");
  });

  it("makes no button of an address that is not one", () => {
    const box = drawn("[docs](javascript:1)");
    expect(box.querySelector("button")).toBeNull();
    expect(box.textContent).toContain("docs");
  });
});

describe("what is drawn", () => {
  it("draws a list of things to do as boxes and their words", () => {
    const box = drawn("- [ ] decide\n- [x] find");
    expect([...box.querySelectorAll("li")].map((item) => item.textContent?.trim())).toEqual([
      "decide",
      "✓ find",
    ]);
    expect(box.querySelectorAll("p")).toHaveLength(2);
  });

  it("draws headings, lists, code, tables and entities", () => {
    const box = drawn(
      "# Two &amp; one\n\n1. **first**\n2. `second`\n\n- [x] done\n\n```js\nconst a = 1;\n```\n\n| a | b |\n|--|--|\n| 1 | 2 |",
    );
    expect(box.querySelector("h4")?.textContent).toBe("Two & one");
    expect(box.querySelectorAll("ol > li")).toHaveLength(2);
    expect(box.querySelector("strong")?.textContent).toBe("first");
    expect(box.querySelector('[aria-label="done"]')).not.toBeNull();
    expect(box.querySelector("pre")?.textContent).toBe("const a = 1;");
    expect(box.querySelectorAll("td")).toHaveLength(2);
  });
});

describe("a growing text", () => {
  const whole =
    "# Title\n\nFirst *words*.\n\n- a\n- b\n\n  more of b\n\n```js\nlet x = 1;\n\nlet y;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nLast <b>line</b>.";

  it("ends as the whole text parsed at once, whatever the pieces", () => {
    for (const step of [1, 3, 7, 50]) {
      const growing = new Growing();
      for (let end = 0; end <= whole.length; end += step) growing.update(whole.slice(0, end));
      expect(growing.update(whole)).toEqual(parse(whole));
    }
  });

  it("keeps finished blocks as they are", () => {
    const growing = new Growing();
    growing.update("# Title\n\nOne paragraph.\n\nTwo");
    const before = growing.update("# Title\n\nOne paragraph.\n\nTwo w");
    const after = growing.update("# Title\n\nOne paragraph.\n\nTwo words");
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toBe(before[1]);
    expect(after[2]).not.toBe(before[2]);
  });

  it("begins anew when the text is another one", () => {
    const growing = new Growing();
    growing.update("# One\n\ntwo\n\nthree");
    expect(growing.update("Else")).toEqual(parse("Else"));
  });
});
