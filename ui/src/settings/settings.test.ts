import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it } from "vitest";
import AppScreen from "../App.svelte";
import { failure, type FakeHost, type Handlers } from "../host/fake";
import type {
  ConnectionReport,
  KeyFacts,
  NearbyServer,
  ProviderAdvanced,
  ProviderEntry,
  ProviderKind,
  ProviderPreset,
  Settings,
} from "../host/generated";
import { App } from "../state/app.svelte";
import { Look } from "../state/look.svelte";
import { appState, fakeHost, item, settled, task } from "../state/state.fixture";
import { TESTIDS } from "../testids";
import { origin } from "./address";

const KEY = "sk-typed-by-the-person-0123";

const PLAIN: ProviderAdvanced = { caFile: "", proxy: "", serviceTier: null };

const key = (rest: Partial<KeyFacts> = {}): KeyFacts => ({
  state: "missing",
  ending: "",
  sentence: "No key is saved.",
  hint: "",
  ...rest,
});

const provider = (id: string, rest: Partial<ProviderEntry> = {}): ProviderEntry => ({
  id,
  name: id === "openai" ? "OpenAI" : id,
  kind: "custom",
  wire: "auto",
  spoken: null,
  baseUrl: `https://${id}.example/v1`,
  problem: null,
  inClear: false,
  editable: id !== "openai",
  advanced: PLAIN,
  tiers: id === "openai",
  key: key(),
  ...rest,
});

const preset = (kind: ProviderKind, baseUrl: string): ProviderPreset => ({
  kind,
  name: `The ${kind}`,
  baseUrl,
  example: `https://${kind}.example`,
  hint: `About ${kind}.`,
  tiers: kind === "openAi",
});

function settings(rest: Partial<Settings> = {}): Settings {
  return {
    file: "~/.config/greenlight/settings.toml",
    problems: [],
    chosen: "openai",
    providers: [provider("openai"), provider("mine")],
    answerCache: true,
    presets: [
      preset("azure", ""),
      preset("ollama", "http://localhost:11434/v1"),
      preset("custom", ""),
    ],
    ...rest,
  };
}

async function show(
  view: Settings,
  handlers: Handlers = {},
): Promise<{ host: FakeHost; app: App }> {
  const host = fakeHost({
    "settings/get": () => view,
    "settings/look": () => view,
    "model/known": () => [],
    "provider/nearby": () => [],
    ...handlers,
  });
  const app = new App(host);
  app.start();
  render(AppScreen, { app, look: new Look() });
  await settled();
  await fireEvent.keyDown(window, { key: ",", ctrlKey: true });
  await settled();
  return { host, app };
}

const find = (testid: string) => screen.getByTestId(testid);
const text = (testid: string) => find(testid).textContent?.replace(/\s+/g, " ").trim() ?? "";
const click = async (testid: string) => {
  await fireEvent.click(find(testid));
  await settled();
};

beforeEach(() => localStorage.clear());
afterEach(cleanup);

it("opens by Ctrl+, looks at what is true, and closes by Escape", async () => {
  const { host, app } = await show(settings());
  expect(find(TESTIDS.settings)).toBeTruthy();
  expect(host.requests("settings/look")).toHaveLength(1);
  await fireEvent.keyDown(find(TESTIDS.settings), { key: "Escape" });
  await settled();
  expect(app.settings.page).toBeNull();
});

it("hands a typed key to the engine and keeps it nowhere", async () => {
  const saved = settings({
    providers: [
      provider("openai", {
        key: key({ state: "saved", ending: "0123", sentence: "The key is saved." }),
      }),
    ],
  });
  const { host } = await show(settings(), { "credential/set": () => saved });
  const field = find(TESTIDS.keyField) as HTMLInputElement;
  expect(field.type).toBe("password");
  await fireEvent.input(field, { target: { value: KEY } });
  await click(TESTIDS.keySave);
  expect(host.requests("credential/set")).toEqual([{ provider: "openai", key: KEY }]);
  expect((find(TESTIDS.keyField) as HTMLInputElement).value).toBe("");
  expect(text(TESTIDS.keyState)).toBe("The key is saved. It ends in 0123.");
  expect(new XMLSerializer().serializeToString(document)).not.toContain(KEY);
  expect(JSON.stringify({ ...localStorage })).not.toContain(KEY);
});

it("keeps what was typed when the key could not be saved, and says why", async () => {
  await show(settings(), {
    "credential/set": () => {
      throw failure("The key holds a line break. Nothing was changed.");
    },
  });
  const field = find(TESTIDS.keyField) as HTMLInputElement;
  await fireEvent.input(field, { target: { value: KEY } });
  await click(TESTIDS.keySave);
  expect(field.value).toBe(KEY);
  expect(text(TESTIDS.errorCard)).toContain("The key holds a line break.");
});

it("says aloud that a key is kept for this run only, and why", async () => {
  const why = "The key is kept until Greenlight closes, because the keychain is locked.";
  await show(
    settings({
      providers: [provider("openai", { key: key({ state: "session", sentence: why }) })],
    }),
  );
  expect(text(TESTIDS.keyState)).toContain(why);
  expect(screen.getByText("Key until Greenlight closes")).toBeTruthy();
});

it("asks a locked keychain again", async () => {
  const locked = settings({
    providers: [provider("openai", { key: key({ state: "locked", sentence: "Locked." }) })],
  });
  const { host } = await show(locked);
  await click(TESTIDS.keyLook);
  expect(host.requests("settings/look")).toHaveLength(2);
});

it("adds, changes, chooses and removes providers", async () => {
  const { host } = await show(settings({ chosen: "mine" }), {
    "provider/put": () => settings({ chosen: "mine" }),
    "provider/choose": () => settings({ chosen: "mine" }),
    "provider/remove": () => settings(),
  });
  await click(TESTIDS.providerAdd);
  await fireEvent.input(find(TESTIDS.providerName), { target: { value: "Desk" } });
  await fireEvent.input(find(TESTIDS.providerUrl), { target: { value: "http://localhost:1/v1" } });
  await click(TESTIDS.providerSave);
  await click(TESTIDS.providerEdit);
  await fireEvent.input(find(TESTIDS.providerName), { target: { value: "Mine" } });
  await click(TESTIDS.providerSave);
  expect(host.requests("provider/put")).toEqual([
    {
      provider: null,
      name: "Desk",
      baseUrl: "http://localhost:1/v1",
      kind: "custom",
      wire: "auto",
      advanced: PLAIN,
    },
    {
      provider: "mine",
      name: "Mine",
      baseUrl: "https://mine.example/v1",
      kind: "custom",
      wire: "auto",
      advanced: PLAIN,
    },
  ]);
  await click("provider-openai");
  expect(host.requests("provider/choose")).toEqual([{ provider: "openai" }]);
  await click(TESTIDS.providerRemove);
  expect(host.requests("provider/remove")).toEqual([{ provider: "mine" }]);
});

it("offers the servers of this computer, and adds one by a click", async () => {
  const ollama: NearbyServer = {
    kind: "ollama",
    name: "Ollama",
    baseUrl: "http://localhost:11434/v1",
    models: ["qwen3:8b", "gpt-oss:20b", "phi4", "gemma3"],
    wantsKey: false,
  };
  let found = [
    ollama,
    { ...ollama, kind: "vllm", name: "vLLM", baseUrl: "http://b", wantsKey: true },
  ];
  const { host } = await show(settings(), {
    "provider/nearby": () => found as NearbyServer[],
    "provider/put": () => settings(),
  });
  expect(host.requests("provider/nearby")).toHaveLength(0);
  await click(TESTIDS.providerAdd);
  expect(text(TESTIDS.nearby)).toContain("qwen3:8b, gpt-oss:20b, phi4 and 1 more");
  expect(text(TESTIDS.nearby)).toContain("It wants a key.");
  expect(host.requests("provider/nearby")).toHaveLength(1);
  expect(text(TESTIDS.nearbyAgain)).toBe("Look again");
  found = [ollama];
  await click(TESTIDS.nearbyAgain);
  expect(screen.queryByTestId("nearby-vllm")).toBeNull();
  await click("nearby-ollama");
  expect(host.requests("provider/put")).toEqual([
    {
      provider: null,
      name: "Ollama",
      baseUrl: "http://localhost:11434/v1",
      kind: "ollama",
      wire: "auto",
      advanced: null,
    },
  ]);
  expect(screen.queryByTestId(TESTIDS.nearby)).toBeNull();
});

it("says that nothing answers on this computer, and what to do", async () => {
  await show(settings());
  await click(TESTIDS.providerAdd);
  expect(text(TESTIDS.nearby)).toContain("Start it and look again");
});

async function pick(choice: string, option: string) {
  const trigger = find(choice);
  trigger.focus();
  await fireEvent.keyDown(trigger, { key: "Enter" });
  await settled();
  await fireEvent.click(find(`${choice}-${option}`));
  await settled();
}

it("begins a new provider with what its kind brings, and keeps what was typed", async () => {
  const { host } = await show(settings(), { "provider/put": () => settings() });
  const value = (testid: string) => (find(testid) as HTMLInputElement).value;
  await click(TESTIDS.providerAdd);
  await pick(TESTIDS.providerKind, "ollama");
  expect(value(TESTIDS.providerName)).toBe("The ollama");
  expect(value(TESTIDS.providerUrl)).toBe("http://localhost:11434/v1");
  expect(text(TESTIDS.providerHint)).toBe("About ollama.");
  await fireEvent.input(find(TESTIDS.providerName), { target: { value: "Mine" } });
  await pick(TESTIDS.providerKind, "azure");
  expect(value(TESTIDS.providerName)).toBe("Mine");
  expect(value(TESTIDS.providerUrl)).toBe("");
  await fireEvent.input(find(TESTIDS.providerUrl), { target: { value: "https://a.example" } });
  await pick(TESTIDS.providerWire, "chat");
  await click(TESTIDS.providerSave);
  expect(host.requests("provider/put")).toEqual([
    {
      provider: null,
      name: "Mine",
      baseUrl: "https://a.example",
      kind: "azure",
      wire: "chat",
      advanced: PLAIN,
    },
  ]);
});

it("shows the kind and form that were chosen, and the form in which a server answers", async () => {
  const mine = (rest: Partial<ProviderEntry>) =>
    settings({ chosen: "mine", providers: [provider("mine", { kind: "ollama", ...rest })] });
  await show(mine({ spoken: "chat" }));
  await click(TESTIDS.providerEdit);
  expect(text(TESTIDS.providerKind)).toBe("The ollama");
  expect(text(TESTIDS.providerWire)).toBe("Automatic");
  expect(text(TESTIDS.providerSpoken)).toBe("This server is asked in Chat Completions.");
  cleanup();
  await show(mine({ wire: "responses", spoken: "responses" }));
  await click(TESTIDS.providerEdit);
  expect(text(TESTIDS.providerWire)).toBe("Responses API");
  expect(screen.queryByTestId(TESTIDS.providerSpoken)).toBeNull();
});

it("says which variables a provider of the environment comes from", async () => {
  for (const [id, words] of [
    ["environment", "OPENAI_API_KEY and OPENAI_BASE_URL"],
    ["azure-environment", "AZURE_OPENAI_KEY and AZURE_OPENAI_ENDPOINT"],
  ] as const) {
    const given = key({ state: "given", sentence: "Given." });
    await show(
      settings({ chosen: id, providers: [provider(id, { editable: false, key: given })] }),
    );
    expect(document.body.textContent).toContain(words);
    expect(screen.queryByTestId(TESTIDS.keyField)).toBeNull();
    cleanup();
  }
});

it("says before it happens that another address takes the key away", async () => {
  await show(
    settings({
      chosen: "mine",
      providers: [provider("mine", { key: key({ state: "saved", sentence: "Saved." }) })],
    }),
  );
  await click(TESTIDS.providerEdit);
  const url = find(TESTIDS.providerUrl);
  await fireEvent.input(url, { target: { value: "https://mine.example/deeper" } });
  expect(screen.queryByTestId(TESTIDS.losesKey)).toBeNull();
  await fireEvent.input(url, { target: { value: "https://other.example/v1" } });
  expect(text(TESTIDS.losesKey)).toContain("The key saved for https://mine.example is never sent");
});

it("tries a connection and shows what came of it, but not after another change", async () => {
  let answer: (report: ConnectionReport) => void;
  const { host } = await show(settings(), {
    "provider/check": () => new Promise((done) => (answer = done)),
    "provider/choose": () => settings(),
  });
  await click(TESTIDS.providerTest);
  expect(text(TESTIDS.providerTest)).toBe("Testing…");
  answer!({
    works: false,
    wire: null,
    code: "key_rejected",
    message: "It rejected the key.",
    hint: "Replace it.",
    speed: "",
    slow: null,
    tier: null,
  });
  await settled();
  expect(text(TESTIDS.providerReport)).toBe("It rejected the key. Replace it.");
  expect(find(TESTIDS.providerReport).dataset.code).toBe("key_rejected");

  await click(TESTIDS.providerTest);
  answer!({
    works: true,
    wire: "chat",
    code: "works",
    message: "It works.",
    hint: "",
    speed: "First word after 3.0 s, 42 tokens a second.",
    slow: "That is slow: the first byte took 3.0 s.",
    tier: null,
  });
  await settled();
  expect(text(TESTIDS.providerSpeed)).toBe("First word after 3.0 s, 42 tokens a second.");
  expect(text(TESTIDS.providerSlow)).toBe("That is slow: the first byte took 3.0 s.");

  await click(TESTIDS.providerTest);
  await click(TESTIDS.settingsClose);
  answer!({
    works: true,
    wire: "chat",
    code: "works",
    message: "Too late.",
    hint: "",
    speed: "",
    slow: null,
    tier: null,
  });
  await settled();
  await fireEvent.keyDown(window, { key: ",", ctrlKey: true });
  await settled();
  expect(document.body.textContent).not.toContain("Too late.");
  expect(host.requests("provider/check")).toHaveLength(3);
});

it("takes away the notice that led to it, and no other", async () => {
  const { host, app } = await show(settings());
  await click(TESTIDS.settingsClose);
  host.emit(
    { type: "notice", message: "Line 3.", hint: "Settings (Ctrl+,) lists all that is wrong." },
    { type: "notice", message: "The disk is full.", hint: "Make room." },
  );
  await settled();
  await fireEvent.keyDown(window, { key: ",", ctrlKey: true });
  await settled();
  expect(app.notices.map((notice) => notice.message)).toEqual(["The disk is full."]);
});

it("names each line of a broken settings file", async () => {
  await show(settings({ problems: ["Line 3: `x` is no setting; it is ignored."] }));
  expect(text(TESTIDS.settingsProblems)).toBe("Line 3: x is no setting; it is ignored.");
  expect(find(TESTIDS.settingsProblems).querySelector("code")?.textContent).toBe("x");
});

it("shows the environment without values that may be secret, and reads it again", async () => {
  const environment = {
    source: "shell" as const,
    sentence: "Commands use the environment of your login shell.",
    hint: "",
    path: [
      { folder: "~/.cargo/bin", seen: true },
      { folder: "~/bin", seen: false },
    ],
    given: [{ name: "PATH", value: "/home/a/.cargo/bin" }],
    keptBack: ["GITHUB_TOKEN"],
  };
  const { host } = await show(settings(), {
    "environment/get": () => environment,
    "environment/read": () => ({ ...environment, source: "app" as const, sentence: "It failed." }),
  });
  await click("settings-environment");
  expect(text(TESTIDS.environmentSource)).toContain("your login shell");
  expect(text(TESTIDS.environmentPath)).toContain("~/bin not shown to commands");
  expect(text(TESTIDS.environmentKept)).toBe("GITHUB_TOKEN");
  await click(TESTIDS.environmentRead);
  expect(host.requests("environment/read")).toHaveLength(1);
  expect(text(TESTIDS.environmentSource)).toContain("It failed.");
});

it("is led to by what Settings can put right, and follows what changes elsewhere", async () => {
  const host = fakeHost(
    {
      "settings/get": () => settings(),
      "settings/look": () => settings(),
      "model/known": () => [],
    },
    [task({ state: "stopped", turn: "failed" })],
    [item("1", { type: "error", code: "key_rejected", message: "Rejected.", hint: "" })],
  );
  const app = new App(host);
  app.start();
  render(AppScreen, { app, look: new Look() });
  await settled();
  await click(TESTIDS.settingsOpen);
  expect(app.settings.page).toBe("models");
  const asked = host.requests("settings/get").length;
  host.handlers["app/state"] = () => ({
    ...appState,
    provider: { name: "Mine", ready: true, hint: null },
  });
  host.emit({ type: "settingsChanged" });
  await settled();
  expect(host.requests("settings/get")).toHaveLength(asked + 1);
  expect(app.state?.provider.name).toBe("Mine");
});

it("knows which part of an address a key belongs to", () => {
  expect(origin("https://a.example/v1")).toBe("https://a.example");
  expect(origin(" http://a.example:81/x ")).toBe("http://a.example:81");
  expect(origin("a.example")).toBeNull();
  expect(origin("ftp://a.example")).toBeNull();
});

it("shows usage by day, and saves budgets only when they are amounts", async () => {
  const spent = (tokens: number) => ({
    answers: tokens > 0 ? 1 : 0,
    input: tokens,
    cached: 0,
    output: 0,
    reasoning: 0,
    dollars: tokens > 0 ? null : 0,
    unpriced: tokens,
    about: tokens > 0,
  });
  const { host } = await show(settings(), {
    "usage/report": () => ({
      days: [
        { date: "2026-11-25", spent: spent(1_200) },
        { date: "2026-11-24", spent: spent(0) },
      ],
      tasks: [{ task: "t9", title: null, spent: spent(1_200) }],
      models: [{ model: "mine", provider: "Mine", spent: spent(1_200) }],
    }),
    "budget/get": () => ({
      dayTokens: null,
      dayDollars: 3,
      taskTokens: null,
      taskDollars: null,
      offerCheaper: true,
    }),
    "budget/set": (budget) => budget,
  });
  // The pages are tabs: they follow the pointer going down.
  await fireEvent.mouseDown(find("settings-usage"), { button: 0 });
  await fireEvent.click(find("settings-usage"));
  await settled();
  expect(text(TESTIDS.usageDays)).toContain("Todayabout 1,200price not knownYesterday0");
  expect(text(TESTIDS.usageTasks)).toContain("A deleted taskabout 1,200");
  const save = find(TESTIDS.budgetSave) as HTMLButtonElement;
  const type = (testid: string, value: string) =>
    fireEvent.input(find(testid), { target: { value } });
  expect(save.disabled).toBe(true);
  await type(TESTIDS.budgetDayTokens, "-5");
  expect(save.disabled).toBe(true);
  await type(TESTIDS.budgetDayTokens, "200,000");
  await type(TESTIDS.budgetDayDollars, "");
  expect(save.disabled).toBe(false);
  await click(TESTIDS.budgetSave);
  expect(host.requests("budget/set")).toEqual([
    {
      dayTokens: 200_000,
      dayDollars: null,
      taskTokens: null,
      taskDollars: null,
      offerCheaper: true,
    },
  ]);
});

async function advancedOf(handlers: Handlers, rest: Partial<ProviderEntry> = {}) {
  const view = settings({ chosen: "mine", providers: [provider("mine", rest)] });
  const shown = await show(view, handlers);
  await click(TESTIDS.providerEdit);
  return shown;
}
const typeInto = (testid: string, value: string) =>
  fireEvent.input(find(testid), { target: { value } });
const isOpen = () => (find(TESTIDS.advanced) as HTMLDetailsElement).open;

it("sends a chosen file of certificates and a proxy, and offers no tier where there is none", async () => {
  const { host } = await advancedOf({ "provider/put": () => settings() });
  expect(isOpen()).toBe(false);
  host.certificates = "/etc/ssl/company.pem";
  await click(TESTIDS.caFileChoose);
  host.certificates = null;
  await click(TESTIDS.caFileChoose);
  await typeInto(TESTIDS.proxy, "http://proxy.example:3128");
  expect(screen.queryByTestId(TESTIDS.tier)).toBeNull();
  expect(screen.queryByTestId(TESTIDS.proxyReads)).toBeNull();
  await typeInto(TESTIDS.providerUrl, "http://mine.example/v1");
  expect(text(TESTIDS.proxyReads)).toContain("the proxy can read the key");
  await click(TESTIDS.providerSave);
  expect(host.requests("provider/put")[0]).toMatchObject({
    advanced: {
      caFile: "/etc/ssl/company.pem",
      proxy: "http://proxy.example:3128",
      serviceTier: null,
    },
  });
});

it("tells what is wrong at the field it is about, and nowhere else", async () => {
  for (const [code, fault, other] of [
    ["caFile", TESTIDS.caFileFault, TESTIDS.proxyFault],
    ["proxy", TESTIDS.proxyFault, TESTIDS.caFileFault],
  ] as const) {
    const refuse = () => {
      throw failure("It cannot be used. Nothing was changed.", "", code);
    };
    await advancedOf({ "provider/put": refuse });
    await click(TESTIDS.providerSave);
    expect(isOpen()).toBe(true);
    expect(text(fault)).toBe("It cannot be used. Nothing was changed.");
    expect(screen.queryByTestId(other)).toBeNull();
    expect(screen.queryByTestId(TESTIDS.errorCard)).toBeNull();
    cleanup();
  }
});

it("sets a service tier of OpenAI itself, whose name and address stay", async () => {
  const { host } = await advancedOf(
    { "provider/put": () => settings() },
    {
      editable: false,
      tiers: true,
      advanced: { ...PLAIN, serviceTier: "flex" },
    },
  );
  expect(isOpen()).toBe(true);
  expect(screen.queryByTestId(TESTIDS.providerName)).toBeNull();
  expect(screen.queryByTestId(TESTIDS.providerRemove)).toBeNull();
  await pick(TESTIDS.tier, "none");
  await pick(TESTIDS.tier, "priority");
  await click(TESTIDS.providerSave);
  expect(host.requests("provider/put")[0]).toMatchObject({
    name: "mine",
    advanced: { serviceTier: "priority" },
  });
});
