/** Shows the app's modals. */

import { ask } from "./api.js";
import { redraw } from "./blocks.js";
import { closer, open } from "./dialogs.js";
import { fill, h, newId } from "./dom.js";
import { appName, state } from "./state.js";
import { stands, told } from "./surfaces.js";
import { content } from "./texts.js";
import { complaint, t } from "./words.js";

const CONTROLS = "input:not([type=file]), textarea, select, [role=group], [role=radiogroup]";
let form = null; // the open modal's form

/** Shows the topmost modal, or none. */
export function drawModal(view) {
  if (form && form.view.id !== view?.id) form.leave();
  if (!view) return;
  form ??= new Form(view);
  if (form.view.hash !== view.hash || !form.isDrawn) form.draw(view);
}

class Form {
  constructor(view) {
    this.view = view;
    this.entries = new Map(); // by block and action: what was entered
    this.unsent = new Map(); // by block and action: what the stand-in does not know yet
    const title = newId();
    this.title = h("h2", { id: title, dir: "auto" });
    this.error = h("div", { role: "alert" });
    this.body = h("div", { class: "modal-body" });
    this.foot = h("div", { class: "buttons" });
    this.node = h("form", { novalidate: true }, this.body, this.error, this.foot);
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.dialog = open(
      { class: "modal", "aria-labelledby": title },
      h("header", {}, this.title, closer(() => this.close())),
      this.node,
    );
    this.dialog.addEventListener("cancel", (event) => {
      if (event.target !== this.dialog) return;
      event.preventDefault();
      this.close();
    });
  }

  draw(view) {
    this.view = view;
    fill(this.title, content(view.title));
    redraw(this.body, view.blocks, this);
    const words = (text, otherwise) => (text ? content(text) : otherwise);
    fill(
      this.foot,
      h("button", { type: "button", class: "button", onclick: () => this.close() }, words(view.close, t("cancel"))),
      view.submit && h("button", { class: "button primary", disabled: view.submit_disabled }, words(view.submit, t("submit"))),
    );
    if (!this.isDrawn) (this.firstField(view) ?? this.dialog).focus();
    this.isDrawn = true;
  }

  firstField(view) {
    const wanted = view.blocks.find((one) => one.element?.focus_on_load);
    const start = wanted ? this.blockNode(wanted.block_id) : this.body;
    return start.querySelector("input:not([type=file]), textarea, select, button");
  }

  blockNode(id) {
    return [...this.body.children].find((one) => one.dataset.block === id);
  }

  leave() {
    this.dialog.close();
    form = null;
  }

  // --- the surface for its blocks (see elements.js)

  held(block, element) {
    const key = `${block.block_id} ${element.action_id}`;
    return this.entries.get(key) ?? this.view.state.values[block.block_id]?.[element.action_id];
  }

  entered(block, element, given) {
    const key = `${block.block_id} ${element.action_id}`;
    this.entries.set(key, given);
    this.unsent.set(key, { block, element, given });
  }

  async changed(block, element, given) {
    const isQuiet = block.type === "input" && !block.dispatch_action;
    if (!isQuiet && !(await stands(element))) return false;
    this.entered(block, element, given);
    if (!isQuiet) await this.act(block, element, given);
    return true;
  }

  async pressed(block, element, given) {
    if (await stands(element)) await this.act(block, element, given);
  }

  /** Sends an action, after all unsent entries: an action's payload has the whole form's state. */
  async act(block, element, given) {
    this.unsent.delete(`${block.block_id} ${element.action_id}`);
    for (const [key, one] of this.unsent) {
      if (one.block.type === "input" && !one.block.dispatch_action) {
        await this.tell(one);
        this.unsent.delete(key);
      }
    }
    await this.tell({ block, element, given });
  }

  tell({ block, element, given }) {
    const where = { block_id: block.block_id, action_id: element.action_id };
    return told("/_client/actions", { view_id: this.view.id, ...where, ...given });
  }

  // --- submitting and closing

  async submit() {
    if (this.isBusy) return;
    this.isBusy = true;
    this.dialog.setAttribute("aria-busy", "true");
    const values = {};
    for (const [key, given] of this.entries) {
      const [block, action] = this.names(key);
      if (block) values[block] = { ...values[block], [action]: given };
    }
    try {
      const body = { user: state.me, view_id: this.view.id, values };
      this.answered(await ask("/_client/views/submit", { body }));
    } catch (error) {
      this.complain({}, t("failed", { error: error.message }));
    }
    this.isBusy = false;
    this.dialog.removeAttribute("aria-busy");
  }

  /** Gives the block_id and action_id of a key; nothing if the view does not have them (any more). */
  names(key) {
    for (const block of this.view.blocks) {
      const inside = [block.element, block.accessory, ...(block.type === "actions" ? block.elements : [])];
      const found = inside.find((one) => one && `${block.block_id} ${one.action_id}` === key);
      if (found) return [block.block_id, found.action_id];
    }
    return [];
  }

  answered(answer) {
    const error = answer.error && t("no_answer", { app: appName(), error: answer.delivery?.error || answer.error });
    this.complain(answer.errors, error);
    if (answer.ok) drawModal(answer.modal);
  }

  /** Shows each error under its field, and moves the focus to the first. */
  complain(errors, error) {
    fill(this.error, error && h("p", { class: "error" }, error));
    this.body.querySelectorAll(".block > .error").forEach((one) => one.remove());
    this.body.querySelectorAll("[aria-invalid]").forEach((one) => {
      one.removeAttribute("aria-invalid");
      one.setAttribute("aria-describedby", one.dataset.hint ?? "");
    });
    let first = null;
    for (const block of this.view.blocks.filter((one) => errors[one.block_id])) {
      const words = h("p", { class: "error", id: newId(), dir: "auto" }, complaint(errors[block.block_id]));
      const node = this.blockNode(block.block_id);
      const control = node.querySelector(CONTROLS);
      control.dataset.hint ??= control.getAttribute("aria-describedby") ?? "";
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-describedby", `${words.id} ${control.dataset.hint}`.trim());
      node.append(words);
      first ??= control.matches("[role]") ? control.querySelector("input:not([type=file]), button") : control;
    }
    first?.focus();
  }

  async close() {
    const answer = await told("/_client/views/close", {});
    drawModal(answer ? answer.modal : null);
  }
}
