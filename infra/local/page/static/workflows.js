/** Runs the app's workflow steps as Workflow Builder would, and shows how the runs go. */

import { ask } from "./api.js";
import { closer, open } from "./dialogs.js";
import { fill, h, newId } from "./dom.js";
import { state } from "./state.js";
import { told } from "./surfaces.js";
import { t } from "./words.js";

/** Makes the menu entries, one for each step. */
export const workflowItems = () =>
  Object.entries(state.offered.functions).map(([id, step]) => ({
    words: t("workflow", { name: step.title || id }),
    note: step.description,
    run: () => openRunner(id, step),
  }));

function openRunner(callbackId, step) {
  const fields = Object.entries(step.input_parameters).map(([name, one]) => field(name, one));
  const result = h("div", { role: "status", class: "run" });
  const form = h("form", {}, fields.map((one) => one.node), h("div", { class: "buttons" }, h("button", { class: "button primary" }, t("run"))), result);
  const title = newId();
  const dialog = open(
    { class: "modal", "aria-labelledby": title },
    h("header", {}, h("h2", { id: title }, t("workflow", { name: step.title || callbackId })), closer(() => dialog.close())),
    form,
  );
  let runId = "";
  const look = async () => {
    const { executions } = await ask("/_client/executions");
    const run = executions.find((one) => one.id === runId);
    if (run) fill(result, h("p", {}, t("run_state", { name: run.id, state: run.state })), h("pre", {}, JSON.stringify(run.error || run.outputs, null, 2)));
  };
  document.addEventListener("changed", look);
  dialog.addEventListener("close", () => document.removeEventListener("changed", look));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = fields.filter((one) => one.value() !== "").map((one) => [one.name, one.value()]);
    const { channel } = state.place;
    const run = await told("/_client/functions", { callback_id: callbackId, channel, inputs: Object.fromEntries(given) });
    runId = run?.execution.id ?? "";
    look();
  });
}

function field(name, one) {
  const id = newId();
  const control = controlFor(one, id);
  const label = h("label", { for: id, class: "label" }, one.title || name, !one.is_required && h("small", {}, " ", t("optional")));
  const hint = h("p", { class: "hint" }, [one.description, one.type].filter(Boolean).join(" · "));
  control.required = one.is_required;
  return { name, node: h("div", { class: "block input" }, label, control, hint), value: () => read(control.value, one.type) };
}

function controlFor(one, id) {
  const options = {
    "slack#/types/user_id": [...state.users.values()].filter((user) => !user.is_bot).map((user) => [user.id, user.real_name]),
    "slack#/types/channel_id": [...state.channels.values()].filter((place) => !place.is_im).map((place) => [place.id, `#${place.name}`]),
    boolean: [["true", "true"], ["false", "false"]],
  }[one.type];
  if (!options) return h("input", { id, autocomplete: "off" });
  return h("select", { id }, h("option", { value: "" }, t("choose")), options.map(([value, words]) => h("option", { value }, words)));
}

/** Reads a parameter's value: JSON for types other than text, if it can be parsed, else the text. */
function read(text, type) {
  if (!["number", "integer", "boolean", "array", "object"].includes(type) || !text) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
