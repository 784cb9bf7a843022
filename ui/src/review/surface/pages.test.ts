import { expect, it, vi } from "vitest";
import type { Row } from "../../host/generated";
import { PATIENCE } from "../../patience.fixture";
import { PAGE, Pages } from "./pages";

function row(number: number): Row {
  const line = { number, text: `line ${number}`, syntax: [], words: [], hidden: [], ending: null };
  return { kind: "same", old: line, new: null, newNumber: number };
}

function source(rows: number) {
  const fetchRows = vi.fn((from: number, count: number, _plain: boolean) =>
    Promise.resolve({
      from,
      rows: Array.from({ length: count }, (_, i) => row(from + i + 1)),
      coloured: true,
    }),
  );
  const arrived = vi.fn();
  const failed = vi.fn();
  return { fetchRows, arrived, failed, pages: new Pages(rows, fetchRows, arrived, failed) };
}

it("asks for a page once and has it afterwards", async () => {
  const { pages, fetchRows, arrived } = source(300);
  expect(pages.row(5)).toBeUndefined();
  expect(pages.row(6)).toBeUndefined();
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledOnce(), PATIENCE);
  expect(fetchRows).toHaveBeenCalledExactlyOnceWith(0, PAGE, true);
  expect(pages.row(5)?.old?.number).toBe(6);
});

it("asks for no more than there is", async () => {
  const { pages, fetchRows, arrived } = source(PAGE + 3);
  pages.row(PAGE + 1);
  await vi.waitFor(() => expect(arrived).toHaveBeenCalled(), PATIENCE);
  expect(fetchRows).toHaveBeenCalledExactlyOnceWith(PAGE, 3, true);
});

it("asks for the text alone when it is waited for, and with colours when it is only near", async () => {
  const { pages, fetchRows, arrived } = source(PAGE * 3);
  const answer = fetchRows.getMockImplementation()!;
  fetchRows.mockImplementation(async (from, count, plain) => ({
    ...(await answer(from, count, plain)),
    coloured: !plain,
  }));
  pages.row(0);
  pages.near(PAGE);
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledTimes(2), PATIENCE);
  pages.row(0);
  pages.row(PAGE);
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledTimes(3), PATIENCE);
  expect(fetchRows.mock.calls).toEqual([
    [0, PAGE, true],
    [PAGE, PAGE, false],
    [0, PAGE, false],
  ]);
});

it("does not wait for colours under way when the text is wanted", async () => {
  const { pages, fetchRows, arrived } = source(PAGE);
  const answer = fetchRows.getMockImplementation()!;
  let colour = (): void => undefined;
  fetchRows.mockImplementation(async (from, count, plain) => {
    const page = await answer(from, count, plain);
    if (plain) return { ...page, coloured: false };
    await new Promise<void>((done) => (colour = done));
    return page;
  });
  pages.near(0);
  expect(pages.row(0)).toBeUndefined();
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledTimes(1), PATIENCE);
  const plain = pages.row(0);
  expect(plain?.old?.number).toBe(1);
  colour();
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledTimes(2), PATIENCE);
  expect(pages.row(0)).not.toBe(plain);
  expect(fetchRows).toHaveBeenCalledTimes(2);
});

it("fetches nothing near that is there, on its way or past an end", async () => {
  const { pages, fetchRows, arrived } = source(PAGE);
  pages.near(3);
  pages.near(4);
  for (const outside of [-1, PAGE]) pages.near(outside);
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledOnce(), PATIENCE);
  pages.near(5);
  expect(fetchRows).toHaveBeenCalledOnce();
});

it("tells of a failure and asks again when wanted again", async () => {
  const { pages, fetchRows, failed, arrived } = source(10);
  fetchRows.mockRejectedValueOnce(new Error("stale"));
  pages.row(0);
  await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce(), PATIENCE);
  pages.row(0);
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledOnce(), PATIENCE);
});

it("asks again for a page without its colours, and only while it is wanted", async () => {
  const { pages, fetchRows, arrived } = source(10);
  const answer = fetchRows.getMockImplementation()!;
  fetchRows.mockImplementation(async (from, count, plain) => ({
    ...(await answer(from, count, plain)),
    coloured: fetchRows.mock.calls.length > 2,
  }));
  pages.row(0);
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledTimes(1));
  expect(fetchRows).toHaveBeenCalledTimes(1);
  const plain = pages.row(0);
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledTimes(2));
  expect(pages.row(0), "still plain, so still the same row").toBe(plain);
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledTimes(3));
  expect(pages.row(0)).not.toBe(plain);
  pages.row(0);
  expect(fetchRows).toHaveBeenCalledTimes(3);
});

it("drops what comes after it is closed", async () => {
  const { pages, fetchRows, arrived } = source(10);
  pages.row(0);
  pages.close();
  await Promise.all(fetchRows.mock.results.map((result) => result.value));
  expect(arrived).not.toHaveBeenCalled();
});
