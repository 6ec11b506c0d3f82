/** Asks the Slack stand-in. */

/** JSON from an address. `body` is sent as JSON, a file as it is. Throws what was refused. */
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

/** A file object, once it is uploaded as that person's. */
export async function upload(user, file) {
  const query = { user, name: file.name || "image.png" };
  return (await ask("/_client/files", { method: "POST", query, body: file })).file;
}
