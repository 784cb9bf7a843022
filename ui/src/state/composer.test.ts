import { describe, expect, it, vi } from "vitest";
import { failure } from "../host/fake";
import { Composer } from "./composer.svelte";
import { fakeHost } from "./state.fixture";

describe("unsent text", () => {
  it("is kept at once, and keys in quick succession go together", async () => {
    const host = fakeHost();
    const composer = new Composer(host, "t1", "");
    composer.type("a");
    await Promise.resolve();
    composer.type("ab");
    composer.type("abc");
    await composer.keep();
    expect(host.requests("text/keep")).toEqual([
      { task: "t1", text: "a" },
      { task: "t1", text: "abc" },
    ]);
  });

  it("is kept at once when the field is left, and not twice", async () => {
    const host = fakeHost();
    const composer = new Composer(host, null, "");
    composer.type("wish");
    await composer.keep();
    await composer.keep();
    expect(host.requests("text/keep")).toEqual([{ task: null, text: "wish" }]);
  });

  it("is kept again when keeping failed", async () => {
    const host = fakeHost();
    const keep = host.handlers["text/keep"];
    host.handlers["text/keep"] = () => {
      throw failure("The disk is full.");
    };
    const composer = new Composer(host, "t1", "");
    composer.type("wish");
    await composer.keep();
    const failed = host.requests("text/keep").length;
    host.handlers["text/keep"] = keep!;
    await composer.keep();
    await composer.keep();
    expect(host.requests("text/keep")).toHaveLength(failed + 1);
  });

  it("does not cover what was typed meanwhile", () => {
    const composer = new Composer(fakeHost(), "t1", "");
    composer.type("new words");
    composer.restore("old words");
    expect(composer.text).toBe("new words");
  });
});

describe("sending", () => {
  it("empties the field after the text was taken", async () => {
    const composer = new Composer(fakeHost(), "t1", "");
    composer.type(" do it ");
    const sent: string[] = [];
    await composer.send(async (text) => void sent.push(text));
    expect(sent).toEqual(["do it"]);
    expect(composer.text).toBe("");
  });

  it("keeps the text and says why when it was not taken", async () => {
    const composer = new Composer(fakeHost(), "t1", "");
    composer.type("do it");
    await composer.send(() =>
      Promise.reject(failure("No key was given.", "Set it.", "noProvider")),
    );
    expect(composer.text).toBe("do it");
    expect(composer.failure?.message).toBe("No key was given.");
    expect(composer.sending).toBe(false);
  });

  it("keeps what was typed while the text was on its way, and only that", async () => {
    const composer = new Composer(fakeHost(), "t1", "");
    composer.type("do it");
    let take = (): void => undefined;
    const sending = composer.send(() => new Promise((done) => (take = done)));
    await vi.waitFor(() => expect(composer.sending).toBe(true));
    composer.type("do it and tell me");
    await Promise.resolve();
    await vi.waitFor(() => {
      take();
      expect(composer.text).toBe("and tell me");
    });
    await sending;
  });

  it("sends nothing when there is nothing, and nothing twice", async () => {
    const composer = new Composer(fakeHost(), "t1", "");
    const deliver = vi.fn(() => Promise.resolve());
    composer.type("  \n ");
    await composer.send(deliver);
    expect(deliver).not.toHaveBeenCalled();
    composer.type("once");
    await Promise.all([composer.send(deliver), composer.send(deliver)]);
    expect(deliver).toHaveBeenCalledTimes(1);
  });
});

describe("a text that is too long", () => {
  it("becomes what fits of it, and is not sent by that", async () => {
    const host = fakeHost({ "text/fit": () => ({ text: "the first lines" }) });
    const composer = new Composer(host, "t1", "");
    composer.type("all of the lines");
    composer.failure = failure("It takes too much.", "Keep the lines that fit.", "tooLong");
    await composer.keepWhatFits();
    expect(composer.text).toBe("the first lines");
    expect(composer.failure).toBeNull();
    expect(host.requests("task/send")).toEqual([]);
  });

  it("stays as it is when that cannot be asked", async () => {
    const composer = new Composer(
      fakeHost({
        "text/fit": () => {
          throw failure("The folder was closed.");
        },
      }),
      "t1",
      "",
    );
    composer.type("all of the lines");
    await composer.keepWhatFits();
    expect(composer.text).toBe("all of the lines");
    expect(composer.failure?.message).toBe("The folder was closed.");
  });
});

it("knows a command to the app from a message that begins like one", () => {
  const composer = new Composer(fakeHost(), "t1", "");
  composer.type(" /compact ");
  expect(composer.isCommand("/compact")).toBe(true);
  composer.type("/compact the images");
  expect(composer.isCommand("/compact")).toBe(false);
});
