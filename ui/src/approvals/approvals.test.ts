import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { failure } from "../host/fake";
import type { Approval, ApprovalDecision } from "../host/generated";
import { AlwaysAllowedList, Approvals } from "../state/approvals.svelte";
import { Conversation } from "../state/conversation.svelte";
import { fakeHost, project, settled, task } from "../state/state.fixture";
import { App } from "../state/app.svelte";
import { Workspace } from "../state/workspace.svelte";
import { TESTIDS } from "../testids";
import ApprovalCard from "./ApprovalCard.svelte";
import { Deliberate, SECOND_CLICK_MS, SEEN_MS } from "./deliberate";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const key = (name: string, repeat = false) => ({
  key: name,
  repeat,
  isComposing: false,
  preventDefault: vi.fn(),
});

describe("a press that was meant", () => {
  function shown() {
    const act = vi.fn();
    const answers = new Deliberate();
    answers.shown();
    return { act, answers };
  }
  const click = (answers: Deliberate, act: () => void, detail = 1) => {
    answers.pointerDown("b");
    answers.click("b", { detail }, act);
  };

  it("does not count before the card has been seen", () => {
    const { act, answers } = shown();
    click(answers, act);
    answers.keyDown("b", key("Enter"));
    answers.keyUp("b", key("Enter"), act);
    vi.advanceTimersByTime(SEEN_MS + SECOND_CLICK_MS);
    expect(act).not.toHaveBeenCalled();
    click(answers, act);
    vi.advanceTimersByTime(SECOND_CLICK_MS);
    expect(act).toHaveBeenCalledOnce();
  });

  it("begins on the control itself", () => {
    const { act, answers } = shown();
    answers.pointerDown("b");
    answers.keyDown("b", key("Enter"));
    vi.advanceTimersByTime(SEEN_MS);
    // Both were on their way before.
    answers.keyUp("b", key("Enter"), act);
    answers.click("b", { detail: 1 }, act);
    answers.keyDown("other", key("Enter"));
    answers.keyUp("b", key("Enter"), act);
    vi.advanceTimersByTime(SECOND_CLICK_MS);
    expect(act).not.toHaveBeenCalled();
  });

  it("is taken back by a second click, wherever it falls", () => {
    const { act, answers } = shown();
    vi.advanceTimersByTime(SEEN_MS);
    click(answers, act);
    vi.advanceTimersByTime(SECOND_CLICK_MS / 2);
    answers.anyClick({ detail: 2 });
    click(answers, act, 2);
    vi.advanceTimersByTime(10 * SECOND_CLICK_MS);
    expect(act).not.toHaveBeenCalled();
  });

  it("is no key that is held", () => {
    const { act, answers } = shown();
    vi.advanceTimersByTime(SEEN_MS);
    for (const name of ["Enter", " "]) {
      const first = key(name);
      answers.keyDown("b", first);
      expect(first.preventDefault).toHaveBeenCalled();
      for (let times = 0; times < 30; times += 1) answers.keyDown("b", key(name, true));
      answers.keyUp("b", key(name), act);
      expect(act).not.toHaveBeenCalled();
    }
    answers.keyDown("b", key("Enter"));
    answers.keyUp("b", key("Enter"), act);
    expect(act).toHaveBeenCalledOnce();
  });

  it("has to be seen anew when the window comes to the front", () => {
    const { act, answers } = shown();
    vi.advanceTimersByTime(SEEN_MS);
    answers.shown();
    click(answers, act);
    vi.advanceTimersByTime(SECOND_CLICK_MS);
    expect(act).not.toHaveBeenCalled();
  });

  it("ends with its card", () => {
    const { act, answers } = shown();
    vi.advanceTimersByTime(SEEN_MS);
    click(answers, act);
    answers.gone();
    vi.advanceTimersByTime(SECOND_CLICK_MS);
    answers.click("b", { detail: 0 }, act);
    expect(act).not.toHaveBeenCalled();
  });

  it("may come from assistive technology", () => {
    const { act, answers } = shown();
    vi.advanceTimersByTime(SEEN_MS);
    answers.click("b", { detail: 0 }, act);
    expect(act).toHaveBeenCalledOnce();
  });
});

function approval(rest: Partial<Approval> = {}): Approval {
  return {
    nonce: "n1",
    askedAt: 1,
    kind: "command",
    title: "May this command use the internet?",
    text: "It wants to run a command that reaches files.example.",
    reason: "",
    exact: "curl https://files.example",
    shown: [{ text: "curl https://files.example", hidden: false }],
    editable: true,
    facts: [{ label: "Can reach", text: "files.example" }],
    forTask: "Exactly this command",
    always: "Exactly this command, always",
    ...rest,
  };
}

describe("the card", () => {
  function show(rest: Partial<Approval> = {}, writing = false) {
    const asked: ApprovalDecision[] = [];
    const host = fakeHost({
      "approval/answer": ({ decision }) => {
        asked.push(decision);
        return task();
      },
    });
    const approvals = new Approvals(host, "t1", () => {});
    render(ApprovalCard, { approval: approval(rest), approvals, after: 1, writing });
    return { asked, host, approvals };
  }
  const find = (testid: string) => screen.getByTestId(testid);
  async function press(testid: string) {
    await fireEvent.keyDown(find(testid), { key: "Enter" });
    await fireEvent.keyUp(find(testid), { key: "Enter" });
  }
  async function click(testid: string) {
    await fireEvent.pointerDown(find(testid));
    await fireEvent.click(find(testid), { detail: 1 });
    vi.advanceTimersByTime(SECOND_CLICK_MS);
    await vi.runAllTicks();
  }

  it("rests the focus on the safest button, unless the person is writing", () => {
    show();
    expect(document.activeElement).toBe(find(TESTIDS.approvalDeny));
    cleanup();
    show({}, true);
    expect(document.activeElement).toBe(document.body);
  });

  it("allows once, and denies with a note", async () => {
    const { asked } = show();
    vi.advanceTimersByTime(SEEN_MS);
    await click(TESTIDS.approvalOnce);
    await fireEvent.input(find(TESTIDS.approvalNote), { target: { value: " use the copy " } });
    await press(TESTIDS.approvalDeny);
    expect(asked).toEqual([
      { type: "allow", scope: "once", command: null },
      { type: "deny", note: "use the copy" },
    ]);
  });

  it("runs a changed command once only", async () => {
    const { asked } = show();
    vi.advanceTimersByTime(SEEN_MS);
    await fireEvent.click(find(TESTIDS.approvalEdit));
    expect(screen.queryByTestId(TESTIDS.approvalTask)).not.toBeNull();
    await fireEvent.input(find(TESTIDS.approvalCommand), { target: { value: "ls" } });
    expect(screen.queryByTestId(TESTIDS.approvalTask)).toBeNull();
    expect(find(TESTIDS.approvalOnce).textContent).toContain("the changed command once");
    await press(TESTIDS.approvalOnce);
    expect(asked).toEqual([{ type: "allow", scope: "once", command: "ls" }]);
  });

  it("shows what would not be seen by its name, and lets nobody edit around it", () => {
    show({
      editable: false,
      shown: [
        { text: "ls", hidden: false },
        { text: "500 blanks", hidden: true },
        { text: "rm x", hidden: false },
      ],
    });
    expect(find(TESTIDS.approvalExact).textContent).toBe("ls500 blanksrm x");
    expect(find(TESTIDS.approvalExact).querySelector("mark")?.textContent).toBe("500 blanks");
    expect(screen.queryByTestId(TESTIDS.approvalEdit)).toBeNull();
  });

  it("says why an answer changed nothing", async () => {
    const { host } = show();
    host.handlers["approval/answer"] = () => {
      throw failure("That question is no longer open, so nothing was allowed.", "", "refused");
    };
    vi.advanceTimersByTime(SEEN_MS);
    await press(TESTIDS.approvalOnce);
    await vi.runAllTicks();
    await Promise.resolve();
    vi.useRealTimers();
    await settled();
    expect(find(TESTIDS.errorCard).textContent).toContain("no longer open");
  });
});

describe("what waits", () => {
  it("is there after a load and follows the events", async () => {
    vi.useRealTimers();
    const one = approval();
    const two = approval({ nonce: "n2" });
    const host = fakeHost({
      "task/get": () => ({
        task: task({ state: "needsYou" }),
        items: [],
        approvals: [one, two],
        unsent: "",
        draft: "",
        draftNotes: [],
        waiting: null,
      }),
    });
    const workspace = new Workspace(host, new App(host), { project, tasks: [], unsent: "" });
    const conversation = new Conversation(host, workspace, "t1");
    await conversation.load();
    expect(conversation.approvals.waiting).toEqual([one, two]);
    conversation.handle({ type: "approvalsChanged", task: "t1", approvals: [two] });
    expect(conversation.approvals.waiting).toEqual([two]);
  });

  it("is answered one at a time", async () => {
    vi.useRealTimers();
    let release = () => {};
    const host = fakeHost({
      "approval/answer": () =>
        new Promise((done) => {
          release = () => done(task());
        }),
    });
    const approvals = new Approvals(host, "t1", () => {});
    const first = approvals.answer("n1", { type: "deny", note: "" });
    void approvals.answer("n1", { type: "allow", scope: "once", command: null });
    release();
    await first;
    expect(host.requests("approval/answer")).toHaveLength(1);
  });

  it("lists what is always allowed and takes it away", async () => {
    vi.useRealTimers();
    const entry = {
      id: "w1",
      command: [{ text: "npm ci", hidden: false }],
      folder: "",
      may: "",
      madeAt: 1,
    };
    const host = fakeHost({
      "approval/always": () => ({ entries: [entry] }),
      "approval/forget": () => ({ entries: [] }),
    });
    const list = new AlwaysAllowedList(host);
    await list.load();
    expect(list.entries).toEqual([entry]);
    await list.forget("w1");
    expect(list.entries).toEqual([]);
    host.handlers["approval/always"] = () => {
      throw failure("The index could not be read.");
    };
    await list.load();
    expect(list.failure?.message).toBe("The index could not be read.");
  });
});
