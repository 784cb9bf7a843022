// Colours one text with one of the highlighters of the web, in a process of its own, and says how
// long that took. Loading the program's modules is not counted; getting the grammar ready is.
import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [peers, who, language, file] = process.argv.slice(2);
const need = createRequire(path.join(peers, "package.json"));
const load = (name) => import(pathToFileURL(need.resolve(name)).href);
const text = fs.readFileSync(file, "utf8");
const lines = text.split("\n");
const SCREEN = 60;
const first = lines.slice(0, SCREEN).join("\n");
const half = Math.floor(lines.length / 2);
const before = lines.slice(0, half).join("\n");
const screen = lines.slice(half, half + SCREEN).join("\n");

const timed = (work) => {
  const start = performance.now();
  const result = work();
  return [performance.now() - start, result];
};

async function shiki(engine) {
  const { createHighlighter, createJavaScriptRegexEngine, createOnigurumaEngine } =
    await load("shiki");
  const wasm = engine === "wasm" ? load("shiki/wasm") : null;
  await wasm;
  const start = performance.now();
  const theme = "github-light";
  const highlighter = await createHighlighter({
    langs: [language],
    themes: [theme],
    engine: wasm ? createOnigurumaEngine(wasm) : createJavaScriptRegexEngine(),
  });
  const options = { lang: language, theme, tokenizeMaxLineLength: 0 };
  highlighter.codeToTokens(first, options);
  const cold = performance.now() - start;
  const [full] = timed(() => highlighter.codeToTokens(text, options));
  const grammarState = highlighter.getLastGrammarState(before, options);
  const [warm] = timed(() => highlighter.codeToTokens(screen, { ...options, grammarState }));
  return { cold, warm, full };
}

async function lezer() {
  const { classHighlighter, highlightTree } = await load("@lezer/highlight");
  const parser = {
    rust: async () => (await load("@lezer/rust")).parser,
    typescript: async () => (await load("@lezer/javascript")).parser.configure({ dialect: "ts" }),
    tsx: async () => (await load("@lezer/javascript")).parser.configure({ dialect: "ts jsx" }),
    javascript: async () => (await load("@lezer/javascript")).parser,
    json: async () => (await load("@lezer/json")).parser,
    markdown: async () => (await load("@lezer/markdown")).parser,
  };
  const known = await parser[language]();
  let spans = 0;
  const paint = (tree, from, to) => highlightTree(tree, classHighlighter, () => spans++, from, to);
  const [cold] = timed(() => paint(known.parse(first), 0, first.length));
  const [full, tree] = timed(() => {
    const tree = known.parse(text);
    paint(tree, 0, text.length);
    return tree;
  });
  const [warm] = timed(() => paint(tree, before.length, before.length + screen.length));
  if (spans === 0) throw new Error("nothing was coloured");
  return { cold, warm, full };
}

const times = who === "lezer" ? await lezer() : await shiki(who.split("-")[1]);
const status = fs.readFileSync("/proc/self/status", "utf8");
const memory = (Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024) / 1e6;
console.log(JSON.stringify({ ...times, memory }));
