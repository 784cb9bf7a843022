import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import AppScreen from "../App.svelte";
import type { FakeHost } from "../host/fake";
import type { Attachment } from "../host/generated";
import { App } from "../state/app.svelte";
import { Look } from "../state/look.svelte";
import { attachment, fakeHost, item, settled, task } from "../state/state.fixture";
import { TESTIDS } from "../testids";

let alive: Set<string>;

beforeEach(() => {
  alive = new Set();
  let made = 0;
  URL.createObjectURL = vi.fn(() => {
    const url = `blob:${(made += 1)}`;
    alive.add(url);
    return url;
  });
  URL.revokeObjectURL = vi.fn((url: string) => void alive.delete(url));
});
afterEach(cleanup);

const text: Partial<Attachment> = { picture: null, bytes: 999, tokens: 250 };

async function show(list: Attachment[], problem: string | null = null): Promise<FakeHost> {
  let there = list;
  const reply = () => ({ attachments: there, problem, refused: [], proposals: [] });
  const host = fakeHost(
    {
      "attachment/list": reply,
      "attachment/remove": ({ attachment: id }) => {
        there = there.filter((each) => each.id !== id);
        return reply();
      },
    },
    [task({ state: "readyToReview", turn: "done" })],
    [item("1-1", { type: "message", text: "Like this", attachments: list })],
  );
  host.stored.set("small a.png", "a");
  host.stored.set("a.png", "A");
  host.stored.set("b.log", "one line\nanother");
  const app = new App(host);
  app.start();
  render(AppScreen, { app, look: new Look() });
  await settled();
  await settled();
  await settled();
  return host;
}

const chips = () => screen.queryAllByTestId(TESTIDS.attachment);
const words = (element: Element | undefined) =>
  element?.textContent?.replace(/\s+/g, " ").trim() ?? "";

describe("chips", () => {
  it("show name, size and cost, and all together", async () => {
    const note = "The text of 2 pages, without pictures.";
    await show([attachment("a.png"), attachment("b.log", { ...text, note })]);
    expect(words(chips()[0])).toBe("a.png 320 × 200, 12 kB · about 84 tokens");
    expect(words(chips()[1])).toBe(`b.log 999 bytes · about 250 tokens ${note}`);
    expect(words(screen.getByTestId(TESTIDS.attachmentSum))).toBe(
      "2 attachments · about 334 tokens",
    );
  });

  it("are taken off by button and by key, and the focus stays near", async () => {
    const host = await show([attachment("a.png"), attachment("b.log", text)]);
    const first = screen.getByLabelText(/^Look at a.png, about/);
    first.focus();
    await fireEvent.keyDown(first, { key: "Delete" });
    await settled();
    expect(host.requests("attachment/remove")).toEqual([
      { from: { task: "t1", model: null }, attachment: "a.png" },
    ]);
    expect(document.activeElement?.getAttribute("aria-label")).toContain("b.log");
    await fireEvent.click(screen.getByTestId(TESTIDS.attachmentRemove));
    await settled();
    expect(chips()).toHaveLength(0);
    expect(document.activeElement).toBe(screen.getByTestId(TESTIDS.composerText));
  });

  it("keep Send shut, and say why, while the model cannot read them", async () => {
    await show([attachment("a.png")], "o3-mini does not read pictures.");
    expect(screen.getByText("o3-mini does not read pictures.")).toBeTruthy();
    expect((screen.getByTestId(TESTIDS.composerSend) as HTMLButtonElement).disabled).toBe(true);
  });

  it("hold a picture in memory only while it is on screen", async () => {
    await show([attachment("a.png")]);
    expect(alive.size).toBe(2);
    cleanup();
    expect(alive.size).toBe(0);
  });
});

describe("a full view", () => {
  it("shows a picture in its size, and text as text", async () => {
    await show([attachment("a.png"), attachment("b.log", text)]);
    await fireEvent.click(screen.getByLabelText(/^Look at a.png, about/));
    await settled();
    const view = screen.getByTestId(TESTIDS.attachmentView);
    expect(view.querySelector("img")?.alt).toBe("a.png");
    await fireEvent.click(screen.getByTestId(TESTIDS.attachmentClose));
    await settled();
    const sent = screen.getAllByTestId(TESTIDS.sentAttachment);
    expect(sent.map((each) => each.dataset.name)).toEqual(["a.png", "b.log"]);
    await fireEvent.click(sent[1]!);
    await settled();
    const shown = screen.getByTestId(TESTIDS.attachmentView).querySelector("pre")?.textContent;
    expect(shown).toBe("one line\nanother");
  });
});

describe("pasting", () => {
  const paste = async (data: Record<string, string>) => {
    const event = new Event("paste", { bubbles: true, cancelable: true });
    Object.assign(event, { clipboardData: { getData: (type: string) => data[type] ?? "" } });
    screen.getByTestId(TESTIDS.composerText).dispatchEvent(event);
    await settled();
    return event.defaultPrevented;
  };

  it("leaves text to the field and asks the shell for anything else", async () => {
    const host = await show([]);
    const asked = vi.spyOn(host, "paste");
    expect(await paste({ "text/plain": "words" })).toBe(false);
    expect(asked).not.toHaveBeenCalled();
    expect(await paste({})).toBe(true);
    expect(asked).toHaveBeenCalledOnce();
    const file = "file:///home/ann/a.png";
    expect(await paste({ "text/plain": "/home/ann/a.png", "text/uri-list": file })).toBe(true);
    expect(asked).toHaveBeenCalledTimes(2);
    expect(words(screen.getByTestId(TESTIDS.attachmentRefused))).toContain(
      "There is neither a picture nor a file to paste.",
    );
  });
});

describe("dropping", () => {
  it("attaches to the message that is on screen", async () => {
    const host = await show([]);
    host.handlers["attachment/accept"] = () => ({
      attachments: [attachment("a.png")],
      problem: null,
      refused: [],
      proposals: [],
    });
    host.emit({ type: "filesOffered", offer: "o9" });
    await settled();
    expect(host.requests("attachment/accept")).toEqual([
      { to: { task: "t1", model: null }, offer: "o9" },
    ]);
    expect(chips()).toHaveLength(1);
  });
});
