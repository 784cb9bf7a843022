import { cleanup, render, screen } from "@testing-library/svelte";
import { afterEach, expect, it } from "vitest";
import type { Files } from "../state/files.svelte";
import { OpenFile } from "../state/openfile.svelte";
import { fakeHost, settled } from "../state/state.fixture";
import { TESTIDS } from "../testids";
import FilePane from "./FilePane.svelte";
import { answers, view } from "./files.fixture";

afterEach(cleanup);

async function show(rest: Parameters<typeof view>[1]) {
  const host = fakeHost(
    answers({ "file/open": ({ file, side }) => view(file, { side, ...rest }) }),
  );
  const open = new OpenFile(host, "t1", "f1", "a.bin");
  await open.load(null);
  render(FilePane, { open, files: {} as Files });
  await settled();
}

it("offers to save text, and nothing to save where there is none", async () => {
  await show({});
  expect(screen.getByTestId(TESTIDS.fileSave)).toBeTruthy();
  cleanup();
  await show({ text: null, instead: "This file is not text (12 bytes)." });
  expect(screen.getByTestId(TESTIDS.fileInstead).textContent).toContain("12 bytes");
  expect(screen.queryByTestId(TESTIDS.fileSave)).toBeNull();
  expect(screen.queryByTestId(TESTIDS.fileGiveUp)).toBeNull();
});
