// Checks captured requests against the types of the official client, with the TypeScript compiler.
//
//   node check.mjs FOLDER           each FOLDER/*.json is {"path": …, "body": …}
//   node check.mjs FOLDER --drift   breaks each of them in every way that must be noticed
//
// A body is written as a literal, because the compiler refuses unknown fields only of literals.
// Prints one JSON document; ends with 1 when something is wrong.

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { broken } from "./drift.mjs";

const here = dirname(fileURLToPath(import.meta.url));

/** The name of the type that a body sent to this path has to be of. */
function wanted(path) {
  const bare = path.split("?")[0];
  if (bare.endsWith("/responses")) return "Responses";
  if (bare.endsWith("/chat/completions")) return "Chat";
  return undefined;
}

/** What the compiler has to say of each body, in their order; an empty list is a fit. */
function verdicts(requests) {
  const file = join(here, "requests.generated.ts");
  let source = 'import type { Chat, Responses } from "./wanted";\n';
  const starts = requests.map(({ path, body }, at) => {
    const start = source.length;
    source += `export const r${at}: ${wanted(path)} = ${JSON.stringify(body)};\n`;
    return start;
  });
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, source, options.target) : read(name, ...rest);
  const exists = host.fileExists.bind(host);
  host.fileExists = (name) => name === file || exists(name);
  const program = ts.createProgram([file], options, host);
  const broken = program.getOptionsDiagnostics().concat(program.getGlobalDiagnostics());
  // The types themselves have to be found: an unresolved import is `any`, which everything fits.
  for (const each of [
    program.getSourceFile(file),
    program.getSourceFile(join(here, "wanted.ts")),
  ]) {
    if (each === undefined) throw new Error("wanted.ts was not found");
    if (each.fileName !== file) broken.push(...program.getSemanticDiagnostics(each));
    broken.push(...program.getSyntacticDiagnostics(each));
  }
  if (broken.length > 0) throw new Error(broken.map(said).join("\n"));
  const found = requests.map(() => []);
  for (const diagnostic of program.getSemanticDiagnostics(program.getSourceFile(file))) {
    const at = starts.findLastIndex((start) => start <= (diagnostic.start ?? 0));
    if (at < 0) throw new Error(said(diagnostic));
    const near = source.slice(diagnostic.start, (diagnostic.start ?? 0) + 160).split("\n")[0];
    found[at].push(`${said(diagnostic)} — at ${near}`);
  }
  return found;
}

function said(diagnostic) {
  return ts.flattenDiagnosticMessageText(diagnostic.messageText, " ").slice(0, 1200);
}

const [folder, mode] = process.argv.slice(2);
if (folder === undefined || (mode !== undefined && mode !== "--drift")) {
  console.error("Usage: node check.mjs FOLDER [--drift]");
  process.exit(2);
}
const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
const requests = names.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
const elsewhere = requests.filter(({ path }) => wanted(path) === undefined);
let report;
if (mode === "--drift") {
  const seen = new Set();
  const all = requests.flatMap(({ path, body }) =>
    broken(body, wanted(path), seen).map(({ how, body }) => ({ path, body, how })),
  );
  const unnoticed = verdicts(all).flatMap((found, at) => (found.length === 0 ? [all[at].how] : []));
  const kinds = [...new Set(all.map(({ how }) => how.split(" ")[0]))].sort();
  report = { checked: all.length, kinds, problems: [...new Set(unnoticed)] };
} else {
  const problems = verdicts(requests).flatMap((found, at) =>
    found.map((problem) => `${requests[at].path}: ${problem}`),
  );
  problems.push(...elsewhere.map(({ path }) => `${path}: no type is known for this path`));
  report = { checked: requests.length, problems: [...new Set(problems)] };
}
console.log(JSON.stringify(report, null, 1));
process.exit(report.problems.length > 0 || report.checked === 0 ? 1 : 0);
