import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { createRawSnippet } from "svelte";
import { afterEach, expect, it, vi } from "vitest";
import Tabs, { type TabEntry } from "./Tabs.svelte";

type Name = "one" | "two" | "three";

const entry = (name: Name): TabEntry<Name> => ({
  name,
  word: name,
  testid: `${name}-tab`,
  mark: name === "two" ? { text: "4", label: "4 files", tone: "quiet" } : null,
});
const aside = createRawSnippet(() => ({ render: () => "<span></span>" }));
const panel = createRawSnippet<[Name]>((name) => ({ render: () => `<p>This is ${name()}</p>` }));

function show(tabs: Name[], chosen: Name) {
  const onchoose = vi.fn((name: Name) => void view.rerender({ chosen: name }));
  const view = render(Tabs<Name>, {
    label: "Work",
    tabs: tabs.map(entry),
    chosen,
    onchoose,
    aside,
    panel,
  });
  return { view, onchoose };
}

const tab = (name: string) => screen.getByRole("tab", { name });
const chosen = () => screen.getByRole("tab", { selected: true });

afterEach(cleanup);

it("has one stop for the Tab key, the chosen one, and moves by arrows around the ends", async () => {
  const { onchoose } = show(["one", "two", "three"], "two");
  const stops = () => screen.getAllByRole("tab").map((each) => each.tabIndex);
  await vi.waitFor(() => expect(stops()).toEqual([-1, 0, -1]));
  tab("two 4 files").focus();
  await fireEvent.keyDown(document.activeElement!, { key: "ArrowRight" });
  expect(document.activeElement).toBe(tab("three"));
  expect(chosen()).toBe(tab("three"));
  await vi.waitFor(() => expect(stops()).toEqual([-1, -1, 0]));
  await fireEvent.keyDown(document.activeElement!, { key: "ArrowRight" });
  expect(chosen()).toBe(tab("one"));
  await fireEvent.keyDown(document.activeElement!, { key: "End" });
  expect(onchoose.mock.calls).toEqual([["three"], ["one"], ["three"]]);
});

it("names its panel by the chosen tab", async () => {
  show(["one", "two"], "one");
  await fireEvent.click(tab("two 4 files"));
  const shown = screen.getByRole("tabpanel", { name: "two 4 files" });
  expect(shown.textContent).toBe("This is two");
  expect(tab("two 4 files").getAttribute("aria-controls")).toBe(shown.id);
});

it("shows only the tabs that it is given", async () => {
  const { view } = show(["one", "two"], "one");
  await view.rerender({ tabs: [entry("one")] });
  expect(screen.getAllByRole("tab").map((each) => each.textContent?.trim())).toEqual(["one"]);
});
