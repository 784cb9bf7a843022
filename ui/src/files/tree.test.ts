import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FakeHost } from "../host/fake";
import type { FileEntry } from "../host/generated";
import { FileTree, type TreeRow } from "../state/filetree.svelte";
import { fakeHost, settled } from "../state/state.fixture";
import { answers, entry, folders } from "./files.fixture";
import Tree from "./Tree.svelte";

let host: FakeHost;
let tree: FileTree;
const onopen = vi.fn((_row: TreeRow, _focus: boolean) => {});

async function show(handlers = answers()) {
  host = fakeHost(handlers);
  tree = new FileTree(host, () => "t1");
  await tree.reload();
  render(Tree, { tree, shown: null, onopen });
  box().focus();
  await settled();
}

const box = () => screen.getByRole("tree");
const rows = () => screen.getAllByRole("treeitem").map((row) => row.getAttribute("aria-label"));
const active = () => {
  const id = box().getAttribute("aria-activedescendant");
  return document.getElementById(id ?? "")?.dataset["name"];
};
async function press(...keys: string[]) {
  for (const key of keys) {
    await fireEvent.keyDown(box(), { key });
    await settled();
  }
}

beforeEach(() => onopen.mockClear());
afterEach(cleanup);

describe("the tree", () => {
  it("shows a folder's names with their marks in words", async () => {
    await show();
    expect(rows()).toEqual([
      "node_modules, ignored by this project",
      "src, 2 changed files",
      "test",
      "README.md",
      "serve.js",
    ]);
    await press("ArrowDown", "ArrowRight");
    expect(rows().slice(1, 5)).toEqual([
      "src, 2 changed files",
      "cart",
      "format.js, changed",
      "shop.js, deleted",
    ]);
    const cart = screen.getByRole("treeitem", { name: "cart" });
    expect(cart.getAttribute("aria-level")).toBe("2");
    expect(cart.getAttribute("aria-posinset")).toBe("1");
    expect(cart.getAttribute("aria-setsize")).toBe("3");
  });

  it("opens, enters, leaves and closes folders by arrows", async () => {
    await show();
    expect(active()).toBe("node_modules");
    await press("ArrowDown", "ArrowRight");
    expect(active()).toBe("src");
    expect(screen.getByRole("treeitem", { expanded: true }).dataset["name"]).toBe("src");
    await press("ArrowRight", "ArrowRight", "ArrowRight");
    expect(active()).toBe("total.js");
    await press("ArrowLeft");
    expect(active()).toBe("cart");
    await press("ArrowLeft", "ArrowLeft", "ArrowLeft");
    expect(active()).toBe("src");
    expect(screen.queryByRole("treeitem", { expanded: true })).toBeNull();
    await press("End");
    expect(active()).toBe("serve.js");
    await press("ArrowDown");
    expect(active()).toBe("serve.js");
    await press("Home", "ArrowUp");
    expect(active()).toBe("node_modules");
  });

  it("finds names by their first letters and goes on to the next with the same one", async () => {
    await show();
    await press("s");
    expect(active()).toBe("src");
    await press("e");
    expect(active()).toBe("serve.js");
    await press("ArrowUp");
    await press("R", "E");
    expect(active()).toBe("README.md");
  });

  it("opens a file by Enter with the focus in the editor, and by a click without", async () => {
    await show();
    await press("End", "Enter");
    expect(onopen.mock.calls.map(([row, focus]) => [row.key, focus])).toEqual([["serve.js", true]]);
    await fireEvent.click(screen.getByRole("treeitem", { name: "README.md" }));
    expect(onopen.mock.calls.at(-1)?.[1]).toBe(false);
    await press("Home");
    await fireEvent.keyDown(box(), { key: "Enter" });
    await settled();
    expect(rows()[1]).toBe("m");
    expect(onopen).toHaveBeenCalledTimes(2);
  });

  it("draws only what is in view of 50,000 names, and says where each stands", async () => {
    const many: FileEntry[] = Array.from({ length: 50_000 }, (_, at) => entry(`f${at}.txt`));
    const list = answers({
      "files/list": ({ folders: asked }) =>
        asked.map(({ most }) => ({ entries: many.slice(0, most), all: many.length })),
    });
    await show(list);
    expect(screen.getAllByRole("treeitem").length).toBeLessThan(100);
    expect(screen.getByRole("treeitem", { name: "f3.txt" }).getAttribute("aria-setsize")).toBe(
      "50000",
    );
    await press("End");
    expect(tree.active).toBe("more-");
    await press("Enter");
    expect(tree.rows.length).toBe(4001);
    expect(host.requests("files/list").at(-1)?.folders).toEqual([{ folder: null, most: 4000 }]);
  });

  it("lists again only when a folder on screen changed", async () => {
    await show();
    const asked = () => host.requests("files/list").length;
    expect(asked()).toBe(1);
    tree.changed(["src"]);
    expect(asked()).toBe(1);
    await press("ArrowDown", "ArrowRight");
    const before = asked();
    folders["src"]?.push(entry("src/new.js", { change: "added" }));
    tree.changed(["src"]);
    await settled();
    folders["src"]?.pop();
    expect(asked()).toBe(before + 1);
    expect(rows()).toContain("new.js, added");
  });
});
