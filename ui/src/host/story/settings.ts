/** Settings in the story: a person with three providers, one in each mood. */
import type { Handlers } from "../fake";
import { failure } from "../fake";
import type {
  Budget,
  Environment,
  KeyFacts,
  ModelEntry,
  ProviderAdvanced,
  ProviderPreset,
  Settings,
  Spending,
} from "../generated";

const key = (state: KeyFacts["state"], sentence: string, ending = "", hint = ""): KeyFacts => ({
  state,
  sentence,
  ending,
  hint,
});

const known: ModelEntry[] = ["gpt-5-codex", "gpt-5-codex-mini", "qwen3-coder:30b"].map((model) => ({
  model,
  traits: {
    window: model.startsWith("gpt") ? 272_000 : 32_768,
    efforts: model.startsWith("gpt") ? ["low", "medium", "high"] : [],
    patch: model.startsWith("gpt") ? "custom" : "function",
    pictures: model.startsWith("gpt"),
    price: model.startsWith("gpt") ? { input: 1.25, cached: 0.125, output: 10 } : null,
  },
  cheaper: model === "gpt-5-codex" ? "gpt-5-codex-mini" : null,
  known: model.startsWith("gpt"),
  own: !model.startsWith("gpt"),
}));

const PLAIN: ProviderAdvanced = { caFile: "", proxy: "", serviceTier: null };

const SAVED = "The key is saved in the keychain of this computer.";

const PRESETS: ProviderPreset[] = [
  {
    kind: "gateway",
    name: "Gateway",
    baseUrl: "",
    example: "https://gateway.example/v1",
    hint: "A service that passes requests on to many models. The address usually ends in /v1.",
    tiers: false,
  },
  {
    kind: "azure",
    name: "Azure OpenAI",
    baseUrl: "",
    example: "https://my-resource.openai.azure.com",
    hint: "The endpoint of the resource. Choose the name of the deployment as model.",
    tiers: false,
  },
  {
    kind: "ollama",
    name: "Ollama",
    baseUrl: "http://localhost:11434/v1",
    example: "http://localhost:11434/v1",
    hint: "Needs no key on this computer.",
    tiers: false,
  },
  {
    kind: "custom",
    name: "Another server",
    baseUrl: "",
    example: "https://models.example/v1",
    hint: "Anything that speaks the OpenAI Responses API or Chat Completions.",
    tiers: false,
  },
];

function spent(tokens: number): Spending {
  const output = Math.round(tokens / 12);
  return {
    answers: tokens > 0 ? 14 : 0,
    input: Math.round(tokens) - output,
    cached: Math.round(tokens * 0.7),
    output,
    reasoning: Math.round(output / 2),
    dollars: tokens * 0.000_000_9,
    unpriced: 0,
    about: false,
  };
}

export function settingsAnswers(scene: string): Handlers {
  let budget: Budget = {
    dayTokens: null,
    dayDollars: 3,
    taskTokens: null,
    taskDollars: null,
    offerCheaper: true,
  };
  let settings: Settings = {
    presets: PRESETS,
    file: "~/.config/greenlight/settings.toml",
    problems:
      scene === "many"
        ? [
            "Line 3: `provider` names none of the providers below; the default provider is used.",
            "Line 9: `effort` is none of minimal, low, medium, high and xhigh; the model's own effort is used.",
          ]
        : [],
    chosen: "openai",
    answerCache: true,
    providers: [
      {
        id: "openai",
        name: "OpenAI",
        kind: "openAi",
        wire: "auto",
        spoken: "responses",
        baseUrl: "https://api.openai.com/v1",
        problem: null,
        inClear: false,
        editable: false,
        advanced: { caFile: "", proxy: "", serviceTier: "flex" },
        tiers: true,
        key: key("saved", SAVED, "3kQx"),
      },
      {
        id: "desk",
        name: "The box under my desk",
        kind: "llamaCpp",
        wire: "auto",
        spoken: "chat",
        baseUrl: "http://desk.local:8080/v1",
        problem: null,
        inClear: true,
        editable: true,
        advanced: PLAIN,
        tiers: false,
        key: key("missing", "No key is saved."),
      },
      {
        id: "work",
        name: "Work",
        kind: "gateway",
        wire: "chat",
        spoken: null,
        baseUrl: `https://gateway.${"a-very-long-department-name.".repeat(3)}example/openai/v1`,
        problem: null,
        inClear: false,
        editable: true,
        advanced: PLAIN,
        tiers: false,
        key: key(
          "session",
          "The key is kept until Greenlight closes, because the keychain of this computer is locked.",
          "9f2c",
          "Enter it again after the next start, or when the keychain can take it.",
        ),
      },
    ],
  };
  const environment: Environment = {
    source: scene === "failed" ? "app" : "shell",
    sentence:
      scene === "failed"
        ? "Commands use the environment that Greenlight was started with, because /bin/zsh had not finished after 5 seconds and was ended."
        : "Commands use the environment of your login shell, /bin/zsh, as it was read in 0.4 s.",
    hint: scene === "failed" ? "Correct the start-up files of your shell and read them again." : "",
    path: [
      { folder: "~/.nvm/versions/node/v20.20.2/bin", seen: true },
      { folder: "~/.cargo/bin", seen: true },
      { folder: "~/bin", seen: false },
      { folder: "/usr/local/bin", seen: true },
      { folder: "/usr/bin", seen: true },
    ],
    given: [
      { name: "PATH", value: "/home/ada/.nvm/versions/node/v20.20.2/bin:/home/ada/.cargo/bin" },
      { name: "HOME", value: "/home/ada" },
      { name: "LANG", value: "C.UTF-8" },
    ],
    keptBack: [
      "AWS_SECRET_ACCESS_KEY",
      "EDITOR",
      "GITHUB_TOKEN",
      "SSH_AUTH_SOCK",
      "XDG_SESSION_ID",
    ],
  };
  const changed = (rest: Partial<Settings>): Settings => (settings = { ...settings, ...rest });
  const withKey = (id: string, facts: KeyFacts): Settings =>
    changed({
      providers: settings.providers.map((each) =>
        each.id === id ? { ...each, key: facts } : each,
      ),
    });
  return {
    "settings/get": () => settings,
    "model/known": () => known,
    "provider/nearby": () => [
      {
        kind: "ollama",
        name: "Ollama",
        baseUrl: "http://localhost:11434/v1",
        models: ["qwen3:8b", "gpt-oss:20b"],
        wantsKey: false,
      },
    ],
    "settings/look": () => settings,
    "settings/answerCache": ({ on }) => changed({ answerCache: on }),
    "provider/choose": ({ provider }) => changed({ chosen: provider }),
    "provider/put": ({ provider, name, baseUrl, kind, wire, advanced }) => {
      if (advanced?.caFile === "/tmp/hello.txt")
        throw failure(
          "The file of certificates /tmp/hello.txt holds no certificate in PEM; choose another one in Settings, or correct `ca_file` in the settings file. Nothing was changed.",
          "",
          "caFile",
        );
      if (provider)
        return changed({
          providers: settings.providers.map((each) =>
            each.id === provider
              ? {
                  ...each,
                  name,
                  baseUrl,
                  kind: kind ?? each.kind,
                  wire: wire ?? each.wire,
                  advanced: advanced ?? each.advanced,
                }
              : each,
          ),
        });
      const added = {
        id: name,
        name,
        kind: kind ?? ("custom" as const),
        wire: wire ?? ("auto" as const),
        spoken: null,
        baseUrl,
        problem: null,
        inClear: false,
        editable: true,
        advanced: PLAIN,
        tiers: false,
        key: key("missing", "No key is saved."),
      };
      return changed({ chosen: name, providers: [...settings.providers, added] });
    },
    "provider/remove": ({ provider }) =>
      changed({
        chosen: "openai",
        providers: settings.providers.filter((each) => each.id !== provider),
      }),
    "provider/check": ({ provider }) =>
      provider === "openai"
        ? {
            works: true,
            wire: "responses",
            code: "works",
            message:
              "OpenAI works: `gpt-5-codex` began to answer after 0.62 s, over the Responses API.",
            hint: "",
            speed:
              "First word after 0.6 s, 42 tokens a second. Connecting (name, connection and encryption) took 35 ms, the first byte 0.5 s more, and the server says that it worked on it for 0.4 s. Azure region Sweden Central.",
            slow: null,
            tier: "Asked for flex, answered as default.",
          }
        : provider === "desk"
          ? {
              works: true,
              wire: "chat",
              code: "works",
              message:
                "The box under my desk works: `qwen3-coder:30b` began to answer after 4.2 s, over Chat Completions.",
              hint: "",
              speed:
                "First word after 4.2 s, about 6.5 tokens a second. Connecting (name, connection and encryption) took 12 ms, the first byte 4.1 s more. Through the proxy proxy.example:3128 (set in Settings).",
              slow: "That is slow: the first byte took 4.1 s, and the server does not say how much of it was its own work; it writes about 6.5 tokens a second and no more. In between: the proxy proxy.example:3128 (set in Settings).",
              tier: null,
            }
          : {
              works: false,
              wire: null,
              code: "untrusted",
              message:
                "The connection to gateway.example is not secure: nobody that this computer trusts vouches for its certificate, as with a self-signed one",
              hint: "Check the address, the date of this computer, and the certificates it trusts.",
              speed: "",
              slow: null,
              tier: null,
            },
    "credential/set": ({ provider, key: text }) => {
      if (text.includes(" ")) throw failure("The key holds a space. Nothing was changed.");
      return withKey(provider, key("saved", SAVED, text.slice(-4)));
    },
    "credential/remove": ({ provider }) => withKey(provider, key("missing", "No key is saved.")),
    "model/list": () => ({
      models: ["gpt-5-codex", "gpt-5-codex-mini", "gpt-5.2-codex", "qwen3-coder-480b"],
      note: null,
    }),
    "model/prefer": () => settings,
    "usage/get": () => ({
      context: { used: 92_000, window: 258_400 },
      turn: spent(31_000),
      task: spent(412_000),
      today: spent(1_204_000),
      budgets: [{ daily: true, words: "about $2.70 of $3.00", percent: 90 }],
      limits: [],
      tier: "Asked for flex, answered as default.",
    }),
    "usage/report": () => ({
      days: Array.from({ length: 30 }, (_, at) => ({
        date: new Date(Date.now() - at * 86_400_000).toISOString().slice(0, 10),
        spent: spent(at % 7 === 3 ? 0 : 1_204_000 / (at + 1)),
      })),
      tasks: [
        { task: "t1", title: "Coupons must not make the total negative", spent: spent(412_000) },
      ],
      models: [{ model: "gpt-5-codex", provider: "OpenAI", spent: spent(1_204_000) }],
    }),
    "budget/get": () => budget,
    "budget/set": (next) => (budget = next),
    "environment/get": () => environment,
    "environment/read": () => environment,
  };
}
