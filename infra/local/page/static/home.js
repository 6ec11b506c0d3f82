/** Draws the app's Home tab. */

import { redraw } from "./blocks.js";
import { fill, h } from "./dom.js";
import { appName, state } from "./state.js";
import { liveSurface, told } from "./surfaces.js";
import { t } from "./words.js";

const pane = document.getElementById("home");
let shown = { key: "", body: null, surface: null };

/** Tells the app that the person has opened one of its tabs. */
export const openTab = (tab) => told("/_client/home", { tab });

/** Draws the view that the app has published as the person's Home, or a note if there is none. */
export function drawHome(view) {
  const key = view ? `${state.me} ${view.id}` : state.me;
  if (key !== shown.key) {
    shown = { key, body: h("div", { class: "home-body" }), surface: liveSurface({ view_id: view?.id }) };
    fill(pane, shown.body);
  }
  if (view) {
    shown.surface.values = view.state.values;
    redraw(shown.body, view.blocks, shown.surface);
  } else fill(shown.body, h("p", { class: "note" }, t("no_home", { app: appName() })));
}
