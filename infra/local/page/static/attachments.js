/** Takes dropped files and offers the sample photos. */

import { h, sign, toast } from "./dom.js";
import { menuButton } from "./menu.js";
import { state } from "./state.js";
import { t } from "./words.js";

/** Calls `take` with the files that are dropped on `node`. */
export function dropZone(node, take) {
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0; // child elements send dragenter and dragleave, too
  const over = (change) => {
    depth = Math.max(0, depth + change);
    node.classList.toggle("dropping", depth > 0);
  };
  node.addEventListener("dragenter", (event) => holdsFiles(event) && over(1));
  node.addEventListener("dragleave", (event) => holdsFiles(event) && over(-1));
  node.addEventListener("dragover", (event) => {
    if (holdsFiles(event)) event.preventDefault();
  });
  node.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    over(-depth);
    take([...event.dataTransfer.files]);
  });
}

/** Gives a sample photo's address. */
const address = (name) => `/page/samples/${name}`;

async function fetched(name) {
  const answer = await fetch(address(name));
  return new File([await answer.blob()], name, { type: "image/jpeg" });
}

const shown = (name) => name.replace(/\.jpg$/, "").replace(/[-_]/g, " ");

async function give(name, take) {
  try {
    await take([await fetched(name)]);
  } catch (error) {
    toast(t("failed", { error: error.message }));
  }
}

/** Makes a menu of the sample photos; `take` gets the chosen one, as a list with one file. */
export function sampleMenu(take) {
  if (!state.offered.samples.length) return [];
  const items = () => [
    { words: t("samples_note") },
    ...state.offered.samples.map((name) => ({
      words: shown(name),
      picture: address(name),
      run: () => give(name, take),
    })),
  ];
  return menuButton({ class: "button samples" }, [sign("🖼"), " ", t("samples")], items);
}

/** Makes a row of all sample photos; `take` gets the one that is clicked. */
export const sampleRow = (take) =>
  h(
    "ul",
    { class: "sample-row" },
    state.offered.samples.map((name) =>
      h("li", {}, h("button", { type: "button", onclick: () => give(name, take) },
        h("img", { src: address(name), alt: t("take_sample", { name: shown(name) }) }))),
    ),
  );
