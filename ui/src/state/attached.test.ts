import { describe, expect, it } from "vitest";
import { failure } from "../host/fake";
import type { Attachment, Attachments } from "../host/generated";
import { Attached } from "./attached.svelte";
import { Composer } from "./composer.svelte";
import { attachment, fakeHost } from "./state.fixture";

function said(list: Attachment[], rest: Partial<Attachments> = {}): Attachments {
  return { attachments: list, problem: null, refused: [], proposals: [], ...rest };
}

describe("attaching", () => {
  it("accepts what was dropped, for the message it belongs to", async () => {
    const host = fakeHost({
      "attachment/accept": () => said([attachment("a.png")], { refused: ["b.bin is not."] }),
    });
    const attached = new Attached(host, "t1");
    await attached.accept("o1");
    expect(host.requests("attachment/accept")).toEqual([
      { to: { task: "t1", model: null }, offer: "o1" },
    ]);
    expect(attached.list.map((each) => each.name)).toEqual(["a.png"]);
    expect(attached.refused).toEqual(["b.bin is not."]);
    expect(attached.adding).toBe(0);
  });

  it("takes what was proposed in place of something too large, once", async () => {
    const proposal = { id: "p1", sentence: "a.md is too large.", takes: "Attach these lines" };
    const host = fakeHost({
      "attachment/accept": () => said([], { proposals: [proposal] }),
      "attachment/take": () => said([attachment("a.md")]),
    });
    const attached = new Attached(host, null);
    await attached.accept("o1");
    expect(attached.proposals).toEqual([proposal]);
    await attached.take("p1");
    expect(host.requests("attachment/take")).toEqual([
      { to: { task: null, model: null }, proposal: "p1" },
    ]);
    expect(attached.proposals).toEqual([]);
    expect(attached.list.map((each) => each.name)).toEqual(["a.md"]);
  });

  it("says when there is nothing to paste, and nothing when a dialog was dismissed", async () => {
    const host = fakeHost();
    const attached = new Attached(host, null);
    await attached.paste();
    expect(attached.refused).toEqual(["There is neither a picture nor a file to paste."]);
    await attached.pick();
    expect(attached.refused).toEqual([]);
    expect(host.requests("attachment/accept")).toEqual([]);
  });

  it("says why the clipboard could not be read", async () => {
    const host = fakeHost();
    host.paste = () => Promise.reject(failure("The clipboard could not be read.", "Save it."));
    const attached = new Attached(host, null);
    await attached.paste();
    expect(attached.refused).toEqual(["The clipboard could not be read. Save it."]);
    expect(attached.adding).toBe(0);
  });

  it("keeps the newest answer, whatever was asked at once", async () => {
    const host = fakeHost();
    let release = () => {};
    const slow = new Promise<void>((done) => (release = done));
    host.handlers["attachment/list"] = async () => {
      await slow;
      return said([attachment("a.png"), attachment("b.png")]);
    };
    host.handlers["attachment/remove"] = () => said([attachment("b.png")]);
    const attached = new Attached(host, "t1");
    const both = Promise.all([attached.load(), attached.remove("a.png")]);
    release();
    await both;
    expect(attached.list.map((each) => each.name)).toEqual(["b.png"]);
  });

  it("asks again for another model, and passes on why it cannot read them", async () => {
    const problem = "o3-mini does not read pictures. Choose another model.";
    const host = fakeHost({
      "attachment/list": ({ model }) =>
        said([attachment("a.png")], { problem: model === "o3-mini" ? problem : null }),
    });
    const attached = new Attached(host, null);
    await attached.load("gpt-5-codex");
    expect(attached.problem).toBeNull();
    await attached.load("o3-mini");
    expect(attached.problem).toBe(problem);
    await attached.load();
    expect(host.requests("attachment/list").at(-1)).toEqual({ task: null, model: "o3-mini" });
  });
});

describe("sending what is attached", () => {
  async function withPicture() {
    const host = fakeHost({ "attachment/accept": () => said([attachment("a.png")]) });
    const composer = new Composer(host, "t1", "");
    await composer.attached.accept("o1");
    return composer;
  }

  it("needs no words, and is taken off when it is sent", async () => {
    const composer = await withPicture();
    expect(composer.empty).toBe(false);
    const sent: unknown[] = [];
    await composer.send(async (text, attachments) => void sent.push([text, attachments]));
    expect(sent).toEqual([["", ["a.png"]]]);
    expect(composer.attached.list).toEqual([]);
  });

  it("stays when it could not be sent", async () => {
    const composer = await withPicture();
    await composer.send(() => Promise.reject(failure("No key was given.")));
    expect(composer.attached.list).toHaveLength(1);
    expect(composer.failure?.message).toBe("No key was given.");
  });

  it("is attached again when the message is given back", async () => {
    const host = fakeHost({ "attachment/list": () => said([attachment("back.png")]) });
    const composer = new Composer(host, "t1", "");
    composer.giveBack("");
    await composer.attached.load();
    expect(composer.attached.list[0]?.name).toBe("back.png");
    expect(composer.text).toBe("");
  });
});
