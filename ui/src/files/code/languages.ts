/** Which language a file is written in, by its name. Each grammar is loaded when it is first needed. */
import { StreamLanguage, type LanguageSupport, type StreamParser } from "@codemirror/language";
import type { Extension } from "@codemirror/state";

type Load = () => Promise<Extension>;

const stream = async (parser: Promise<StreamParser<unknown>>): Promise<Extension> =>
  StreamLanguage.define(await parser);
const script = (typescript: boolean, jsx: boolean): Load => {
  return async () => (await import("@codemirror/lang-javascript")).javascript({ typescript, jsx });
};
const legacy = {
  shell: () => stream(import("@codemirror/legacy-modes/mode/shell").then((m) => m.shell)),
  toml: () => stream(import("@codemirror/legacy-modes/mode/toml").then((m) => m.toml)),
  ruby: () => stream(import("@codemirror/legacy-modes/mode/ruby").then((m) => m.ruby)),
  docker: () =>
    stream(import("@codemirror/legacy-modes/mode/dockerfile").then((m) => m.dockerFile)),
};
const html: Load = async () => (await import("@codemirror/lang-html")).html();
const cpp: Load = async (): Promise<LanguageSupport> =>
  (await import("@codemirror/lang-cpp")).cpp();

const BY_ENDING: Record<string, Load> = {
  js: script(false, true),
  mjs: script(false, true),
  cjs: script(false, true),
  jsx: script(false, true),
  ts: script(true, false),
  mts: script(true, false),
  cts: script(true, false),
  tsx: script(true, true),
  json: async () => (await import("@codemirror/lang-json")).json(),
  html,
  htm: html,
  svelte: html,
  vue: html,
  css: async () => (await import("@codemirror/lang-css")).css(),
  md: async () => (await import("@codemirror/lang-markdown")).markdown(),
  py: async () => (await import("@codemirror/lang-python")).python(),
  rs: async () => (await import("@codemirror/lang-rust")).rust(),
  go: async () => (await import("@codemirror/lang-go")).go(),
  java: async () => (await import("@codemirror/lang-java")).java(),
  c: cpp,
  h: cpp,
  cc: cpp,
  cpp,
  hpp: cpp,
  xml: async () => (await import("@codemirror/lang-xml")).xml(),
  svg: async () => (await import("@codemirror/lang-xml")).xml(),
  yaml: async () => (await import("@codemirror/lang-yaml")).yaml(),
  yml: async () => (await import("@codemirror/lang-yaml")).yaml(),
  sh: legacy.shell,
  bash: legacy.shell,
  zsh: legacy.shell,
  toml: legacy.toml,
  rb: legacy.ruby,
};

const BY_NAME: Record<string, Load> = {
  dockerfile: legacy.docker,
  containerfile: legacy.docker,
  gemfile: legacy.ruby,
  rakefile: legacy.ruby,
  "cargo.lock": legacy.toml,
};

/** What loads the language of a file; null for plain text. */
export function languageOf(path: string): Load | null {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const ending = name.slice(name.lastIndexOf(".") + 1);
  return BY_NAME[name] ?? (name.includes(".") ? BY_ENDING[ending] : undefined) ?? null;
}
