/** What the page knows about the workspace; all parts draw from here. */

export const state = {
  team: {},
  bot: {},
  users: new Map(),
  channels: new Map(),
  offered: { commands: [], shortcuts: [], functions: {}, samples: [] },
  me: "",
  n: 0, // the number of the newest change that we have seen
  place: { channel: "", thread: "", home: false },
};

/** Who looks at the page. */
export const me = () => state.users.get(state.me);

/** The conversation that is open. */
export const channel = () => state.channels.get(state.place.channel);

/** A person's name. */
export function nameOf(id) {
  return state.users.get(id)?.real_name ?? (id === "USLACKBOT" ? "Slackbot" : id);
}

/** The app's name. */
export const appName = () => nameOf(state.bot.user_id);

/** A conversation's name. */
export const titleOf = (one) => (one.is_im ? appName() : `#${one.name}`);

/** The person's own conversation with the app. */
export const direct = () => [...state.channels.values()].find((one) => one.is_im);

/** The address of a place on the page; what is not said stays as it is. */
export function addressOf(change) {
  const place = { user: state.me, ...state.place, ...change };
  const kept = Object.entries(place).filter(([, value]) => value);
  return `#${new URLSearchParams(kept)}`;
}

/** Goes to a place. */
export const go = (change) => {
  location.hash = addressOf(change);
};
