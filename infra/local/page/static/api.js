/** Calls the Slack stand-in. */

/** Gives the JSON at `path`. `body` is sent as JSON, a file as it is. Throws on a refusal. */
export async function ask(path, { method, query, body, signal } = {}) {
  const address = query ? `${path}?${new URLSearchParams(query)}` : path;
  const isFile = body instanceof Blob;
  const answer = await fetch(address, {
    method: method ?? (body ? "POST" : "GET"),
    body: isFile || !body ? body : JSON.stringify(body),
    signal,
    cache: "no-store",
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error || `HTTP ${answer.status}`);
  return said;
}

/** Uploads a file as that person's, and gives its file object. */
export async function upload(user, file) {
  const query = { user, name: file.name || "image.png" };
  return (await ask("/_client/files", { method: "POST", query, body: file })).file;
}
