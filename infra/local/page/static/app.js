/** Starts the page, draws the place that its address names, and draws it again after changes. */

import { ask } from "./api.js";
import * as behind from "./behind.js";
import { sampleRow } from "./attachments.js";
import { Composer, dropOn } from "./composer.js";
import { arrange, fill, h, toast } from "./dom.js";
import { drawHome, openTab } from "./home.js";
import { drawMessages } from "./messages.js";
import { drawModal } from "./modal.js";
import { Announcer, notify } from "./notices.js";
import { drawHead, drawPlaces, drawTop } from "./places.js";
import { stickToEnd } from "./scrolling.js";
import { addressOf, appName, channel, direct, state, titleOf } from "./state.js";
import { drawThread, keepThreadAtEnd } from "./thread.js";
import { language, t } from "./words.js";

const WAIT_S = 1.5; // less than a stopping server waits for its open requests
const NARROW_PX = 800; // as in page.css: at this width or less, a thread covers the channel
const find = (id) => document.getElementById(id);
const list = h("ol", { class: "message-list" });
const composer = new Composer({
  where: () => ({ channel: state.place.channel }),
  label: () => t("message_to", { name: titleOf(channel()) }),
  hasShortcuts: true,
});
const keepAtEnd = stickToEnd(find("messages"), list);
const inChannel = new Announcer();
const inThread = new Announcer();
let shown = ""; // the person and the place that were drawn last
let followed = ""; // the thread that was opened for the person by followAnswer
let last = Promise.resolve();

/** Runs drawings one after the other, so that an older answer is not drawn over a newer one. */
function inTurn(work) {
  last = last.catch(() => {}).then(work);
  return last;
}

/** Reads the workspace as the person sees it now; gives the number of the newest change. */
async function readState() {
  const now = await ask("/_client/state", { query: { user: state.me } });
  state.team = now.team;
  state.bot = now.bot;
  state.users = new Map(now.users.map((one) => [one.id, one]));
  state.channels = new Map(now.channels.map((one) => [one.id, one]));
  return now.n;
}

/** Reads person and place from the address; for one that is missing it takes the first there is. */
async function readPlace() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const people = [...state.users.values()].filter((one) => !one.is_bot);
  const user = people.find((one) => one.id === (asked.get("user") ?? state.me)) ?? people[0];
  if (user.id !== state.me) {
    state.me = user.id;
    await readState();
  }
  const wanted = asked.get("channel");
  const known = wanted === "direct" ? direct() : state.channels.get(wanted);
  const place = known ?? state.channels.values().next().value;
  state.place = { channel: place.id, thread: asked.get("thread") ?? "", home: place.is_im && asked.has("home") ? "1" : "" };
}

/** Draws everything. `isNew`: the person has just gone to this place. */
async function draw({ isNew = false } = {}) {
  const { place } = state;
  const key = `${state.me} ${place.channel} ${place.home}`;
  const isElsewhere = key !== shown;
  if (isElsewhere) frame();
  shown = key;
  drawPlaces();
  drawHead(find("place-head"));
  if (isElsewhere && channel().is_im) openTab(place.home ? "home" : "messages");
  await Promise.all([drawList(isElsewhere), drawThreadToo(isNew), drawViews()]);
}

/** Draws what changes only with the person or the place. */
function frame() {
  const { home } = state.place;
  document.documentElement.lang = language();
  document.body.classList.remove("places-open");
  drawTop(toggleBehind, behind.isOpen());
  behind.frame();
  find("skip").textContent = t("skip");
  find("home").hidden = !home;
  find("messages").hidden = Boolean(home);
  find("messages").setAttribute("aria-label", t("messages_in", { name: titleOf(channel()) }));
  find("write").hidden = Boolean(home);
  if (channel().is_archived) fill(find("write"), h("p", { class: "note" }, t("archived")));
  else {
    composer.draw();
    fill(find("write"), composer.node);
  }
}

async function drawList(isElsewhere) {
  if (state.place.home) return;
  const { id } = channel();
  const { messages } = await ask("/_client/messages", { query: { channel: id, user: state.me } });
  if (id !== state.place.channel) return;
  drawMessages(list, messages, { channel: id });
  arrange(find("messages"), [messages.length ? list : emptyNode()]);
  const isOwn = inChannel.tell(`${state.me} ${id}`, messages);
  keepAtEnd(isElsewhere || isOwn);
  await followAnswer(messages);
  if (channel().unread) await ask("/_client/read", { body: { user: state.me, channel: id } });
}

/** Opens the thread in which the app answers a message sent here, unless the person is busy. */
async function followAnswer(messages) {
  const answered = messages.findLast((one) => composer.sent.has(one.ts) && one.reply_count);
  if (!answered) return;
  composer.sent.delete(answered.ts);
  if (!composer.isEmpty || (state.place.thread && state.place.thread !== followed)) return;
  followed = answered.ts;
  state.place.thread = answered.ts;
  history.pushState(null, "", addressOf({}));
  await drawThreadToo(innerWidth <= NARROW_PX);
}

const emptyNode = () =>
  channel().is_archived
    ? h("p", { class: "note" }, t("archived"))
    : h(
        "div",
        { class: "empty" },
        h("p", {}, t("empty", { app: appName() })),
        sampleRow((files) => composer.addSample(files)),
        h("p", { class: "hint" }, t("samples_note")),
      );

async function drawThreadToo(isNew) {
  const messages = await drawThread({ isNew });
  document.body.classList.toggle("thread-open", Boolean(state.place.thread));
  if (inThread.tell(`${state.me} ${state.place.thread}`, messages)) keepThreadAtEnd(true);
}

async function drawViews() {
  const views = await ask("/_client/views", { query: { user: state.me } });
  drawModal(views.modal);
  if (state.place.home) drawHome(views.home);
}

function toggleBehind() {
  const isWanted = !behind.isOpen();
  behind.show(isWanted, toggleBehind);
  document.body.classList.toggle("behind-open", isWanted);
  const button = document.querySelector(".behind-toggle");
  button?.setAttribute("aria-expanded", String(isWanted));
  if (!isWanted) button?.focus();
}

/** Waits for changes and draws them, for as long as the page is open. */
async function follow() {
  let failures = 0;
  for (;;) {
    try {
      const since = state.n;
      const { changes, n } = await ask("/_client/wait", { query: { since, timeout_s: WAIT_S } });
      if (failures) document.body.classList.remove("offline");
      failures = 0;
      if (!changes.length && n === since) continue;
      state.n = n < since ? await readState() : n; // a smaller number: the stand-in has been restarted
      await inTurn(async () => {
        await readState();
        await readPlace();
        await draw();
        await notify();
      });
      document.dispatchEvent(new Event("changed"));
    } catch (error) {
      if (failures === 0) toast(t("offline"));
      failures += 1;
      document.body.classList.add("offline");
      await new Promise((done) => setTimeout(done, Math.min(500 * 2 ** failures, 5000)));
    }
  }
}

/** Goes to the place in the address, and shows the notices of other places. */
async function arrive() {
  await readPlace();
  await draw({ isNew: true });
  await notify();
}

const complain = (error) => toast(t("failed", { error: error.message }));

function listen() {
  addEventListener("hashchange", () => inTurn(arrive).catch(complain));
  document.addEventListener("redraw", () => inTurn(draw).catch(complain));
  find("skip").addEventListener("click", (event) => {
    event.preventDefault(); // a link to #write would replace the place in the address
    (find("write").querySelector("textarea") ?? find("write")).focus();
  });
  // A file that is dropped where nothing takes it must not replace the page.
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
  dropOn(find("place"), composer);
}

async function start() {
  state.offered = await ask("/page/app");
  state.n = await readState();
  await readPlace();
  await readState();
  listen();
  await notify(); // marks older messages as seen; shows nothing
  await inTurn(draw);
  follow();
}

start().catch(complain);
