import { describe, expect, it } from "vitest";
import { answers, view } from "../files/files.fixture";
import { failure, type Handlers } from "../host/fake";
import { OpenFile } from "./openfile.svelte";
import { fakeHost, settled } from "./state.fixture";

async function open(handlers: Handlers = {}, task: string | null = "t1") {
  const host = fakeHost(answers(handlers));
  const file = new OpenFile(host, task, "f1", "a.txt");
  await file.load(null);
  return { host, file };
}

describe("a file in the editor", () => {
  it("is the draft's, keeps what is typed and saves it from the version it began from", async () => {
    const { host, file } = await open({ "file/save": () => ({ type: "saved", version: "v2" }) });
    expect([file.side, file.visible, file.editable]).toEqual(["draft", "one\n", true]);
    file.type("two\n");
    await settled();
    expect(file.dirty).toBe(true);
    expect(host.requests("file/keep")).toEqual([
      { task: "t1", file: "f1", version: "v1", text: "two\n" },
    ]);
    await file.save();
    expect(host.requests("file/save")).toEqual([
      { task: "t1", file: "f1", version: "v1", text: "two\n" },
    ]);
    expect(file.dirty).toBe(false);
    file.type("three\n");
    await settled();
    expect(host.requests("file/keep").at(-1)?.version).toBe("v2");
  });

  it("is only to read without a task, and where the draft has none", async () => {
    const { file } = await open({}, null);
    expect([file.side, file.editable]).toEqual(["project", false]);
    const deleted = await open({
      "file/open": ({ file, side }) => {
        if (side === "draft") throw failure("It is not in the private copy.", "", "refused");
        return view(file, { side });
      },
    });
    expect([deleted.file.side, deleted.file.editable]).toEqual(["project", false]);
  });

  it("says why nothing was saved and keeps the text", async () => {
    const { file } = await open({
      "file/save": () => {
        throw failure("The agent is running a command.", "", "refused");
      },
    });
    file.type("two\n");
    await file.save();
    expect(file.failure?.message).toBe("The agent is running a command.");
    expect([file.text, file.dirty]).toEqual(["two\n", true]);
  });

  it("comes back with text that was typed before a crash", async () => {
    const { file } = await open({
      "file/open": ({ file, side }) =>
        view(file, { side, unsaved: { version: "v1", text: "typed" } }),
    });
    expect([file.text, file.dirty, file.theirs]).toEqual(["typed", true, null]);
  });

  it("keeps both versions when it changed underneath, until the person says which holds", async () => {
    let now = view("f1");
    const { host, file } = await open({
      "file/open": () => now,
      "file/save": () => ({ type: "saved", version: "v3" }),
    });
    file.type("mine\n");
    now = view("f1", { version: "v2", text: "theirs\n" });
    await file.lookAgain();
    expect([file.text, file.theirs?.text]).toEqual(["mine\n", "theirs\n"]);
    await file.save();
    expect(host.requests("file/save")).toEqual([]);
    file.looking = true;
    expect([file.visible, file.editable]).toEqual(["theirs\n", false]);
    await file.keepMine();
    expect(host.requests("file/save").map(({ version, text }) => [version, text])).toEqual([
      ["v2", "mine\n"],
    ]);
    expect([file.dirty, file.theirs]).toEqual([false, null]);
  });

  it("gives typed text up only when told to", async () => {
    let now = view("f1");
    const { host, file } = await open({ "file/open": () => now });
    file.type("mine\n");
    now = view("f1", { version: "v2", text: "theirs\n" });
    await file.lookAgain();
    await file.takeTheirs();
    expect([file.visible, file.dirty]).toEqual(["theirs\n", false]);
    expect(host.requests("file/keep").at(-1)?.text).toBeNull();
  });

  it("follows the draft while nothing is typed", async () => {
    let now = view("f1");
    const { file } = await open({ "file/open": () => now });
    now = view("f1", { version: "v2", text: "by the agent\n" });
    await file.lookAgain();
    expect([file.visible, file.theirs]).toEqual(["by the agent\n", null]);
  });
});
