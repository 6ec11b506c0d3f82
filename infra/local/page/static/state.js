/** Holds what the page knows about the workspace; all parts draw from it. */

export const state = {
  team: {},
  bot: {},
  users: new Map(),
  channels: new Map(),
  offered: { commands: [], shortcuts: [], functions: {}, samples: [] },
  me: "",
  n: 0, // the number of the newest change that was seen
  place: { channel: "", thread: "", home: false },
};

/** Gives the person who uses the page. */
export const me = () => state.users.get(state.me);

/** Gives the conversation that is open. */
export const channel = () => state.channels.get(state.place.channel);

/** Gives a person's name. */
export function nameOf(id) {
  return state.users.get(id)?.real_name ?? (id === "USLACKBOT" ? "Slackbot" : id);
}

/** Gives the app's name. */
export const appName = () => nameOf(state.bot.user_id);

/** Gives a conversation's name. */
export const titleOf = (one) => (one.is_im ? appName() : `#${one.name}`);

/** Gives the person's DM with the app. */
export const direct = () => [...state.channels.values()].find((one) => one.is_im);

/** Makes the address of a place on the page; what `change` lacks stays as it is now. */
export function addressOf(change) {
  const place = { user: state.me, ...state.place, ...change };
  const kept = Object.entries(place).filter(([, value]) => value);
  return `#${new URLSearchParams(kept)}`;
}

/** Goes to the place that `change` leads to. */
export const go = (change) => {
  location.hash = addressOf(change);
};
