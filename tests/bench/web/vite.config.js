// Bundles the pages of the web benches: our own code from ui/src, the others' from where the peers
// are installed. `cargo xtask bench` names that folder and the one to build into.
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const peers = process.env.GREENLIGHT_PEERS;
const out = process.env.GREENLIGHT_PAGES;

/** What our page names is looked for among the peers; what they name, where each of them is. */
const fromPeers = {
  name: "from-peers",
  enforce: "pre",
  async resolveId(source, importer) {
    const bare = /^[a-z@]/.test(source) && !source.startsWith("@ui/");
    if (!bare || !importer?.startsWith(here)) return null;
    return this.resolve(source, path.join(peers, "package.json"), { skipSelf: true });
  },
};

export default {
  root: path.join(here, "surface"),
  base: "./",
  plugins: [fromPeers],
  resolve: { alias: { "@ui": path.resolve(here, "../../../ui/src") } },
  worker: { format: "es" },
  build: {
    target: "safari16.4",
    outDir: path.join(out, "surface"),
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 10_000,
    reportCompressedSize: false,
  },
};
