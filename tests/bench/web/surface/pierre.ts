/** Pierre's CodeView, which is made for long change sets, given a patch or both texts. */
import {
  CodeView,
  parseDiffFromFile,
  preloadHighlighter,
  processFile,
  type FileContents,
} from "@pierre/diffs";
import { elements, text, type Given, type Open } from "./case";

async function diff(given: Given, name: string) {
  const [old, fresh] = await Promise.all([text(given, "old"), text(given, "new")]);
  const [oldFile, newFile] = [old, fresh].map((contents) => ({ name, contents })) as [
    FileContents,
    FileContents,
  ];
  const lang = given.coloured ? ("typescript" as const) : ("text" as const);
  if (given.ownDiff) return { ...parseDiffFromFile(oldFile, newFile), lang };
  const patched = processFile(await text(given, "patch"), { oldFile, newFile });
  if (!patched) throw new Error("the patch has no file");
  return { ...patched, lang };
}

// The grammar and theme are on the page before the file is opened.
export const prepare = (_task: string, coloured: boolean): Promise<unknown> =>
  preloadHighlighter({ themes: ["github-light"], langs: coloured ? ["typescript"] : ["text"] });

export const open: Open = async (box, given) => {
  const fileDiff = await diff(given, given.coloured ? "big.ts" : "big.txt");
  const scroller = document.createElement("div");
  scroller.className = "scroll";
  scroller.style.setProperty("--diffs-font-family", "monospace");
  box.append(scroller);
  const view = new CodeView({
    theme: "github-light",
    diffStyle: "split",
    expandUnchanged: true,
    pointerEventsOnScroll: true,
    // By itself it leaves long files plain.
    tokenizeMaxLength: Number.MAX_SAFE_INTEGER,
  });
  view.setup(scroller);
  view.setItems([{ id: "file", type: "diff", fileDiff }]);
  view.render(true);
  return {
    scroller,
    coloured: () => {
      for (const element of elements(scroller)) {
        if (element.matches("[data-line] span[style]")) return true;
      }
      return false;
    },
  };
};
