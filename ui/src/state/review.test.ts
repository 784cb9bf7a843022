import { describe, expect, it } from "vitest";
import { failure, type FakeHost } from "../host/fake";
import type { Apply, FileDiff } from "../host/generated";
import { App } from "./app.svelte";
import { Review } from "./review.svelte";
import { changeSet, fakeHost, file, settled } from "./state.fixture";

const files = [
  file("a", { mark: "approved", decided: 1, approved: 1 }),
  file("b"),
  file("c", { risk: "It can run code." }),
  file("d", { conflict: "You changed it too." }),
];

function review(host: FakeHost): { review: Review; app: App } {
  const app = new App(host);
  return { review: new Review(host, app, "t1"), app };
}

const apply: Apply = { id: "h1", task: "t1", appliedAt: 1, paths: ["src/a.js"], undone: false };

describe("marks", () => {
  it("approves the rest without what can run code or is in conflict", async () => {
    const host = fakeHost({
      "review/changes": () => changeSet(files),
      "review/decide": () => changeSet(files),
    });
    const { review: shown } = review(host);
    await shown.reload();
    expect(shown.decided).toBe(1);
    await shown.approveRest();
    await shown.rejectRest();
    expect(host.requests("review/decide")).toEqual([
      {
        task: "t1",
        files: [{ file: "b", shown: "b-1", parts: [] }],
        mark: "approved",
        rest: true,
      },
      {
        task: "t1",
        files: ["b", "c", "d"].map((id) => ({ file: id, shown: `${id}-1`, parts: [] })),
        mark: "rejected",
        rest: true,
      },
    ]);
  });

  it("keeps both of two marks given in quick succession", async () => {
    const host = fakeHost({ "review/decide": () => changeSet([file("a"), file("b")]) });
    const { review: shown } = review(host);
    await Promise.all([
      shown.decide([file("a")], "approved"),
      shown.decide([file("b")], "rejected"),
    ]);
    const marks = host.requests("review/decide").map(({ files, mark }) => [files[0]?.file, mark]);
    expect(marks).toEqual([
      ["a", "approved"],
      ["b", "rejected"],
    ]);
  });

  it("keeps a mark that was given while Apply was being prepared", async () => {
    let give = (): void => undefined;
    const host = fakeHost({
      "apply/preview": () =>
        new Promise((done) => {
          give = () => done({ files: [], leftOut: [], all: false, blocked: null });
        }),
      "review/decide": () => changeSet(files),
    });
    const { review: shown } = review(host);
    const preparing = shown.prepare();
    const marking = shown.decide([files[0]!], "approved");
    await settled();
    expect(host.requests("review/decide")).toHaveLength(0);
    give();
    await Promise.all([preparing, marking]);
    expect(host.requests("review/decide")).toHaveLength(1);
  });

  it("looks again when the version on screen is no longer the one there is", async () => {
    const host = fakeHost({
      "review/changes": () => changeSet([file("a", { shown: "a-2", markDropped: true })]),
      "review/decide": () => {
        throw failure("src/a.js changed while you read it.", "Look again.", "stale");
      },
    });
    const { review: shown, app } = review(host);
    await shown.decide([file("a")], "approved");
    expect(shown.files[0]?.shown).toBe("a-2");
    expect(app.notices[0]?.message).toContain("changed while you read");
  });

  it("shows only the newest answer", async () => {
    const gives: (() => void)[] = [];
    const host = fakeHost({
      "review/changes": () => {
        const n = gives.length;
        return new Promise((done) => gives.push(() => done(changeSet([file(`v${n}`)]))));
      },
    });
    const { review: shown } = review(host);
    const both = [shown.reload(), shown.reload()];
    await settled();
    gives[1]?.();
    gives[0]?.();
    await Promise.all(both);
    expect(shown.files.map((each) => each.id)).toEqual(["v1"]);
  });
});

describe("diffs", () => {
  const diff = (shown: string): FileDiff => ({
    file: "a",
    shown,
    rows: 1,
    segments: [],
    hunks: [],
    widest: 1,
  });

  it("are asked for once per version", async () => {
    const host = fakeHost({ "review/open": () => diff("a-1") });
    const { review: shown } = review(host);
    await Promise.all([shown.show(file("a")), shown.show(file("a"))]);
    await shown.show(file("a"));
    expect(host.requests("review/open")).toHaveLength(1);
    host.handlers["review/open"] = () => diff("a-2");
    await shown.show(file("a", { shown: "a-2" }));
    expect(shown.diffs.get("a")?.shown).toBe("a-2");
  });

  it("say why they cannot be shown", async () => {
    const host = fakeHost({
      "review/open": () => {
        throw failure("src/a.js cannot be read.", "Check its mode.");
      },
    });
    const { review: shown } = review(host);
    await shown.show(file("a"));
    expect(shown.refused.get("a")).toBe("src/a.js cannot be read. Check its mode.");
  });
});

describe("apply", () => {
  const preview = {
    files: [
      {
        file: "a",
        shown: "a-1",
        result: "a-2",
        path: "src/a.js",
        change: "modified" as const,
        added: 1,
        removed: 1,
        approved: 1,
        changes: 1,
      },
    ],
    leftOut: ["src/b.js"],
    all: false,
    blocked: null,
  };

  it("writes exactly what the preview named", async () => {
    const host = fakeHost({
      "apply/preview": () => preview,
      "apply/commit": () => ({ type: "done", apply }),
      "apply/history": () => [apply],
    });
    const { review: shown } = review(host);
    await shown.prepare();
    await shown.commit();
    expect(host.requests("apply/commit")).toEqual([
      { task: "t1", files: [{ file: "a", shown: "a-1", result: "a-2" }] },
    ]);
    expect(shown.preview).toBeNull();
    expect(shown.latest?.id).toBe("h1");
  });

  it("writes nothing when it is blocked", async () => {
    const host = fakeHost({ "apply/preview": () => ({ ...preview, blocked: "Read-only." }) });
    const { review: shown } = review(host);
    await shown.prepare();
    await shown.commit();
    expect(host.requests("apply/commit")).toEqual([]);
  });

  it("shows both versions of a conflict, for apply and for undo", async () => {
    const conflict = {
      type: "conflict" as const,
      message: "Nothing was written.",
      files: [{ path: "src/a.js", reason: "You changed it.", yours: "1", theirs: "2" }],
    };
    const host = fakeHost({
      "apply/preview": () => preview,
      "apply/commit": () => conflict,
      "apply/undo": () => conflict,
    });
    const { review: shown } = review(host);
    await shown.prepare();
    await shown.commit();
    expect(shown.conflict).toMatchObject({ act: "apply", message: "Nothing was written." });
    shown.closeConflict();
    await shown.undo(apply);
    expect(shown.conflict?.act).toBe("undo");
  });

  it("asks again when what was previewed is stale", async () => {
    const host = fakeHost({
      "apply/preview": () => preview,
      "apply/commit": () => {
        throw failure("src/a.js changed.", "", "stale");
      },
    });
    const { review: shown, app } = review(host);
    await shown.prepare();
    await shown.commit();
    expect(shown.preview).toBeNull();
    expect(app.notices).toHaveLength(1);
  });
});
