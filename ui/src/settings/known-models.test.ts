import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, expect, it } from "vitest";
import AppScreen from "../App.svelte";
import type { ModelEntry, Settings } from "../host/generated";
import type { Handlers } from "../host/fake";
import { App } from "../state/app.svelte";
import { Look } from "../state/look.svelte";
import { fakeHost, settled } from "../state/state.fixture";
import { TESTIDS } from "../testids";
import { dollars, price, typed } from "./numbers";

const entry = (model: string, rest: Partial<ModelEntry> = {}): ModelEntry => ({
  model,
  traits: {
    window: 272_000,
    efforts: ["low", "medium"],
    patch: "custom",
    pictures: true,
    price: { input: 1.25, cached: 0.125, output: 10 },
  },
  cheaper: null,
  known: true,
  own: false,
  ...rest,
});

const view: Settings = {
  file: "~/settings.toml",
  problems: [],
  chosen: "openai",
  providers: [],
  presets: [],
  answerCache: true,
};

async function show(known: ModelEntry[], handlers: Handlers = {}) {
  const provider = {
    id: "openai",
    name: "OpenAI",
    kind: "openAi" as const,
    wire: "auto" as const,
    spoken: null,
    baseUrl: "https://api.openai.com/v1",
    problem: null,
    inClear: false,
    editable: false,
    advanced: { caFile: "", proxy: "", serviceTier: null },
    tiers: true,
    key: { state: "missing" as const, ending: "", sentence: "No key.", hint: "" },
  };
  const shown = { ...view, providers: [provider] };
  const host = fakeHost({
    "settings/get": () => shown,
    "settings/look": () => shown,
    "model/known": () => known,
    "model/put": () => shown,
    "model/forget": () => shown,
    "model/describe": () => shown,
    ...handlers,
  });
  const app = new App(host);
  app.start();
  render(AppScreen, { app, look: new Look() });
  await settled();
  await fireEvent.keyDown(window, { key: ",", ctrlKey: true });
  await settled();
  return host;
}

const find = (testid: string) => screen.getByTestId(testid);
const row = (model: string) =>
  Array.from(find(`known-${model}`).children)
    .slice(0, 3)
    .map((cell) => cell.textContent?.replace(/\s+/g, " ").trim())
    .join(" | ");
async function change(model: string) {
  await fireEvent.click(screen.getByLabelText(`Change what is known of ${model}`));
  await settled();
}
const field = (testid: string) => find(testid) as HTMLInputElement;
async function write(testid: string, value: string) {
  await fireEvent.input(field(testid), { target: { value } });
}

afterEach(cleanup);

it("shows prices with the digits that say something, and reads what people type", () => {
  expect([10, 1.25, 0.125, 4.4, 0.0225].map(dollars)).toEqual([
    "$10",
    "$1.25",
    "$0.125",
    "$4.40",
    "$0.0225",
  ]);
  expect(price(null)).toBe("not known");
  expect(["272,000", "$1.25", ".5", "0"].map(typed)).toEqual([272_000, 1.25, 0.5, 0]);
  expect(["", "-1", "1e3", "many", "1.2.3"].map(typed)).toEqual([null, null, null, null, null]);
});

it("says what is known, and what was changed or is not known", async () => {
  await show([
    entry("gpt-5-codex"),
    entry("local", {
      known: false,
      traits: { ...entry("x").traits, window: 128_000, price: null },
    }),
    entry("mine", { own: true }),
  ]);
  expect(row("gpt-5-codex")).toBe("gpt-5-codex | 272,000 | $1.25 · $0.125 · $10");
  expect(row("local")).toBe("local nothing known | 128,000 | not known");
  expect(row("mine")).toContain("changed by you");
});

it("sends what a person says of a model, and takes it back", async () => {
  const host = await show([entry("mine", { own: true })]);
  await change("mine");
  await write(TESTIDS.modelWindow, "64,000");
  await write("model-price-cached", "0.1");
  await fireEvent.click(screen.getByLabelText("High"));
  await fireEvent.click(screen.getByLabelText("Low"));
  await fireEvent.click(field(TESTIDS.modelPictures));
  await fireEvent.click(find(TESTIDS.modelSave));
  await settled();
  expect(host.requests("model/put")).toEqual([
    {
      model: "mine",
      traits: {
        window: 64_000,
        efforts: ["medium", "high"],
        patch: "custom",
        pictures: false,
        price: { input: 1.25, cached: 0.1, output: 10 },
      },
    },
  ]);
  expect(screen.queryByTestId(TESTIDS.modelForm)).toBeNull();
  await change("mine");
  await fireEvent.click(find(TESTIDS.modelForget));
  await settled();
  expect(host.requests("model/forget")).toEqual([{ model: "mine" }]);
});

it("does not send numbers that are none, and says which are meant", async () => {
  const host = await show([entry("gpt-5-codex")]);
  await change("gpt-5-codex");
  await write(TESTIDS.modelWindow, "12");
  expect(find(TESTIDS.modelForm).textContent).toContain("from 1,000 to 100,000,000");
  expect((find(TESTIDS.modelSave) as HTMLButtonElement).disabled).toBe(true);
  await write(TESTIDS.modelWindow, "8000");
  await write("model-price-input", "");
  expect(find(TESTIDS.modelForm).textContent).toContain("or nothing in all three fields");
  await write("model-price-cached", "");
  await write("model-price-output", "");
  await fireEvent.submit(find(TESTIDS.modelForm));
  await settled();
  expect(host.requests("model/put")[0]).toMatchObject({ traits: { window: 8000, price: null } });
});

it("adds a model by name and finds one among many", async () => {
  const many = Array.from({ length: 20 }, (_, n) => entry(`model-${n}`));
  const host = await show(many);
  await write(TESTIDS.knownName, "qwen3 coder");
  const add = screen.getByText("Add to the list") as HTMLButtonElement;
  expect(add.disabled).toBe(true);
  await fireEvent.input(screen.getByLabelText("Find a model"), { target: { value: "L-19" } });
  expect(screen.queryByTestId("known-model-18")).toBeNull();
  expect(row("model-19")).toContain("272,000");
  await write(TESTIDS.knownName, "qwen3-coder");
  await fireEvent.click(add);
  await settled();
  expect(host.requests("model/describe")).toEqual([{ model: "qwen3-coder" }]);
});
