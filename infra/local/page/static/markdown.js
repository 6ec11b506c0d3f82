/** Turns the text of a markdown block into elements; knows the common part of Markdown. */

import { h, link } from "./dom.js";

const INLINE = new RegExp(
  [
    /`([^`]+)`/, // 1
    /\[([^\]]+)\]\(([^)\s]+)\)/, // 2, 3
    /\*\*(?=\S)(.+?)(?<=\S)\*\*/, // 4
    /~~(?=\S)(.+?)(?<=\S)~~/, // 5
    /(?<![\p{L}\p{N}])([*_])(?=\S)(.+?)(?<=\S)\6(?![\p{L}\p{N}])/, // 6, 7
    /\\([\\`*_{}[\]()#+\-.!~>|])/, // 8
  ].map((one) => one.source).join("|"),
  "gu",
);

/** Makes the nodes of a Markdown text. */
export function markdown(text) {
  return text.split(/^```\w*\n([\s\S]*?)^```\s*$/m).map((part, n) => {
    if (n % 2) return h("pre", {}, part.replace(/\n$/, ""));
    return part.split(/\n\s*\n/).filter((one) => one.trim()).map(paragraph);
  });
}

function paragraph(text) {
  const lines = text.replace(/^\n+|\n+$/g, "").split("\n");
  const heading = lines[0].match(/^(#{1,6}) +(.*)/);
  if (heading) {
    const title = h("p", { class: "heading", role: "heading", "aria-level": "2" }, inline(heading[2]));
    return lines.length > 1 ? [title, paragraph(lines.slice(1).join("\n"))] : title;
  }
  if (lines.length === 1 && /^([-*_])( ?\1){2,}$/.test(lines[0])) return h("hr");
  const all = (pattern) => lines.every((one) => pattern.test(one));
  if (all(/^>/)) return h("blockquote", {}, inline(lines.map((one) => one.replace(/^> ?/, "")).join("\n")));
  if (all(/^\s*[-*+] /)) return h("ul", {}, items(lines, /^\s*[-*+] (\[[ x]\] )?/));
  if (all(/^\s*\d+[.)] /)) return h("ol", {}, items(lines, /^\s*\d+[.)] /));
  return h("p", {}, inline(lines.join("\n")));
}

const items = (lines, mark) => lines.map((one) => h("li", {}, inline(one.replace(mark, ""))));

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(text.slice(end, found.index), piece(found));
    end = found.index + found[0].length;
  }
  nodes.push(text.slice(end));
  return nodes;
}

function piece([, code, label, url, bold, struck, , slanted, escaped]) {
  if (code) return h("code", {}, code);
  if (url) return link(url, inline(label));
  if (bold) return h("strong", {}, inline(bold));
  if (struck) return h("s", {}, inline(struck));
  return slanted ? h("em", {}, inline(slanted)) : escaped;
}
