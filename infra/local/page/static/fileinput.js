/** Makes a form's file input. Files that are chosen or dropped, and samples, upload at once. */

import { upload } from "./api.js";
import { dropZone, sampleMenu } from "./attachments.js";
import { fill, h, sign, toast } from "./dom.js";
import { state } from "./state.js";
import { t } from "./words.js";

/** Makes the node of a `file_input`. */
export function fileInput(one, block, surface, name) {
  let files = surface.held(block, one)?.files ?? [];
  const list = h("ul", { class: "chips" });
  const most = one.max_files ?? 10;

  function draw() {
    fill(
      list,
      files.map((file) =>
        h("li", { class: "chip" }, h("span", { dir: "auto" }, file.name), h("button", {
          class: "plain",
          type: "button",
          "aria-label": t("remove", { name: file.name }),
          onclick: () => keep(files.filter((other) => other !== file)),
        }, sign("✕"))),
      ),
    );
  }
  function keep(kept) {
    files = kept;
    draw();
    surface.changed(block, one, { files });
  }
  async function add(chosen) {
    const room = most === 1 ? 1 : most - files.length;
    if (chosen.length > room) toast(t("files_at_most", { n: most }));
    chosen = chosen.slice(0, room);
    if (!chosen.length) return;
    node.setAttribute("aria-busy", "true");
    try {
      const added = [];
      for (const file of chosen) added.push(await upload(state.me, file));
      keep(most === 1 ? added.slice(-1) : [...files, ...added]);
    } catch (error) {
      toast(t("failed", { error: error.message }));
    }
    node.removeAttribute("aria-busy");
  }
  const picker = h("input", {
    type: "file",
    hidden: true,
    multiple: most > 1,
    accept: one.filetypes?.map((ending) => `.${ending}`).join(","),
    onchange: () => add([...picker.files]).then(() => (picker.value = "")),
  });
  const { id, "data-key": key, ...named } = name;
  const choose = h("button", { type: "button", class: "button", id, "data-key": key, onclick: () => picker.click() }, t("choose_files"));
  const node = h("div", { class: "file-input", role: "group", ...named }, list, h("div", { class: "row" }, choose, sampleMenu(add), picker));
  dropZone(node, add);
  draw();
  return node;
}
