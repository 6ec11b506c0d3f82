/** Draws the panel "Behind the scenes": jobs with their objects, calls to aiart, log lines. */

import { ask } from "./api.js";
import { clock } from "./dates.js";
import { closer } from "./dialogs.js";
import { arrange, fill, h } from "./dom.js";
import { go, state } from "./state.js";
import { language, t } from "./words.js";

const EVERY_MS = 1500;
const LINES_MOST = 500;
const CALLS_SHOWN = 8;
const pane = document.getElementById("behind");
const jobList = h("ul", { class: "jobs" });
const callList = h("ul", { class: "calls" });
const lineList = h("ol");
const lineBox = h("div", { class: "lines", tabindex: "0", role: "region" }, lineList);
const filter = h("select", { onchange: () => drawLines(true) });
let lines = [];
let timer = 0;
let onClose = () => {};

/** Tells whether the panel is open. */
export const isOpen = () => !pane.hidden;

/** Opens or closes the panel. `closed` is called when the panel's own button is pressed. */
export function show(isWanted, closed = onClose) {
  onClose = closed;
  pane.hidden = !isWanted;
  clearTimeout(timer);
  if (isWanted) {
    frame();
    look();
  }
}

/** Draws the open panel's frame, in the person's language. */
export function frame() {
  if (pane.hidden) return;
  pane.setAttribute("aria-label", t("behind"));
  lineBox.setAttribute("aria-label", t("lines"));
  const part = (key, ...inside) => h("section", {}, h("h3", {}, t(key)), ...inside);
  fill(
    pane,
    h("header", {}, h("h2", {}, t("behind")), closer(() => onClose())),
    part("jobs", h("p", { class: "hint" }, t("jobs_note")), jobList),
    part("calls", callList),
    part("lines", h("label", { class: "filter" }, t("of_job"), " ", filter), lineBox),
  );
}

async function look() {
  clearTimeout(timer);
  if (!document.hidden) {
    try {
      const since = lines.at(-1)?.n ?? 0;
      const [{ jobs }, { calls }, more] = await Promise.all([
        ask("/page/behind/jobs"),
        ask("/page/behind/calls"),
        ask("/page/behind/lines", { query: { since } }),
      ]);
      lines = [...lines, ...more.lines].slice(-LINES_MOST);
      drawJobs(jobs);
      drawCalls(calls);
      drawLines(more.lines.length > 0);
    } catch {
      // The stand-ins do not answer at the moment; follow() in app.js shows that.
    }
  }
  if (!pane.hidden) timer = setTimeout(look, EVERY_MS);
}

/** Draws those rows again that have changed; an open row stays open. */
function drawRows(list, rows, keyOf, make, none) {
  const before = new Map([...list.children].map((node) => [node.key, node]));
  const nodes = rows.map((row) => {
    const looks = JSON.stringify([row, language()]);
    const known = before.get(keyOf(row));
    if (known?.looks === looks) return known;
    const node = make(row, known?.querySelector("details")?.open);
    return Object.assign(node, { key: keyOf(row), looks });
  });
  arrange(list, nodes.length ? nodes : [h("li", { class: "hint" }, none)]);
}

function drawJobs(jobs) {
  drawRows(jobList, jobs, (job) => job.id, jobNode, t("no_jobs"));
  const ids = ["", ...jobs.map((job) => job.id)];
  if (ids.join() === filter.ids && filter.language === language()) return;
  const chosen = filter.value;
  fill(filter, ids.map((id) => h("option", { value: id }, id || t("all_lines"))));
  filter.value = ids.includes(chosen) ? chosen : "";
  Object.assign(filter, { ids: ids.join(), language: language() });
}

function jobNode(job, isOpen) {
    const see = (words, act) => h("button", { class: "plain", onclick: act }, words);
  const lineOf = () => {
    filter.value = job.id;
    drawLines(true);
    lineBox.focus();
  };
  const { channel, thread_ts: thread } = job.thread ?? {};
  return h(
    "li",
    {},
    h(
      "details",
      { open: isOpen },
      h(
        "summary",
        { "data-key": `job ${job.id}` },
        h("span", { class: `state ${job.state}` }, t(`state_${job.state}`)),
        h("span", { class: "words", dir: "auto" }, job.words || job.code || job.gesture),
        h("code", {}, job.id.slice(0, 6)),
      ),
      h("p", { class: "hint" }, clock(job.at), " · ", h("code", {}, job.id), job.code && ` · ${job.code}`),
      h("ol", { class: "objects" }, job.objects.map((one) => objectNode(one, job.at))),
      h("p", {}, see(t("see_lines"), lineOf), state.channels.has(channel) && thread && see(t("see_thread"), () => go({ channel, thread, home: "" }))),
    ),
  );
}

function objectNode(one, start) {
  const inside = h("div");
  const toggle = async () => {
    const isShown = inside.childElementCount > 0;
    button.setAttribute("aria-expanded", String(!isShown));
    if (isShown) fill(inside);
    else fill(inside, await contentOf(one.key));
  };
  const button = h("button", { class: "plain key", "aria-expanded": "false", onclick: toggle }, shortened(one.key));
  const after = `+${(one.last_modified - start).toFixed(2)} s`;
  return h("li", {}, h("span", { class: "after" }, after), " ", button, " ", h("small", {}, size(one.size)), inside);
}

/** Shortens a key by the job's id, which is shown above. */
const shortened = (key) => key.replace(/\/[a-z2-7]{20}(?=[./])/, "/…");

async function contentOf(key) {
  if (!key.endsWith(".json")) {
    return h("img", { src: `/page/behind/object?${new URLSearchParams({ key })}`, alt: key });
  }
  const record = await ask("/page/behind/object", { query: { key } });
  return h("pre", { dir: "auto" }, JSON.stringify(record, null, 1));
}

const size = (bytes) => (bytes < 1000 ? `${bytes} B` : `${Math.round(bytes / 1000)} kB`);

function drawCalls(calls) {
  drawRows(callList, calls.slice(-CALLS_SHOWN).reverse(), (one) => one.n, callNode, t("no_calls"));
}

function callNode(one) {
  const how = one.error || t(one.billed ? "billed" : "not_billed");
  return h(
    "li",
    {},
    h("span", { class: `state ${one.error ? "failed" : "succeeded"}` }, how),
    " ",
    h("span", { dir: "auto" }, one.prompt || one.template),
    h("small", {}, ` ${one.resolution} · ${(one.ended - one.started).toFixed(1)} s · ${clock(one.started)}`),
  );
}

function drawLines(isChanged) {
  if (!isChanged) return;
  const isAtEnd = lineBox.scrollHeight - lineBox.scrollTop - lineBox.clientHeight < 40;
  const shown = lines.filter((one) => !filter.value || one.job === filter.value);
  drawRows(lineList, shown, (one) => one.n, lineNode, "–");
  if (isAtEnd) lineBox.scrollTop = lineBox.scrollHeight;
}

function lineNode(line) {
  const fields = Object.entries(line.fields ?? {}).map(([name, value]) => {
    const words = typeof value === "string" ? value : JSON.stringify(value);
    return ` ${name}=${words}`;
  });
  const isBad = line.level === "ERROR" || line.level === "WARNING";
  return h(
    "li",
    { class: isBad ? "bad" : null },
    h("span", { class: "after" }, clock(line.at)),
    " ",
    h("b", {}, line.function),
    ` ${line.text}`,
    h("span", { class: "facts" }, fields.join("")),
    line.job && !filter.value && h("small", {}, ` ${line.job.slice(0, 6)}`),
  );
}
