// What the official JavaScript clients do with the stand-ins: one upload, one signed call.
// Tencent's client takes the service's name from its host's first part, so the host is called aiart.
// Reads {token, api, aiart, keys} from standard input; says what came back.
const http = require("node:http");
const { WebClient } = require("@slack/web-api");
const { AbstractClient } = require("tencentcloud-sdk-nodejs-common/tencentcloud/common/abstract_client");

async function slack({ token, api }, channel) {
  const client = new WebClient(token, { slackApiUrl: api, retryConfig: { retries: 0 } });
  const uploaded = await client.filesUploadV2({ file: Buffer.from("a picture"), filename: "x.txt" });
  const { ts } = await client.chat.postMessage({ channel, text: "hello" });
  await client.reactions.add({ channel, timestamp: ts, name: "eyes" });
  const refused = await client.reactions
    .add({ channel, timestamp: ts, name: "no_such_emoji" })
    .catch((error) => error.data.error);
  return { uploaded: uploaded.ok, refused };
}

async function aiart({ aiart, keys }) {
  const endpoint = `aiart.localhost:${aiart.split(":")[1]}`;
  const here = (_, options, tell) =>
    options.all ? tell(null, [{ address: "127.0.0.1", family: 4 }]) : tell(null, "127.0.0.1", 4);
  const agent = new http.Agent({ lookup: here });
  const client = new AbstractClient(endpoint, "2022-12-29", {
    credential: keys,
    region: "ap-guangzhou",
    profile: { signMethod: "TC3-HMAC-SHA256", httpProfile: { protocol: "http://", endpoint, agent } },
  });
  return client.request("ReplaceBackground", {}).then(
    () => "painted",
    (error) => error.code,
  );
}

async function main() {
  let text = "";
  for await (const part of process.stdin) text += part;
  const order = JSON.parse(text);
  const said = { slack: await slack(order, order.channel), aiart: await aiart(order) };
  process.stdout.write(JSON.stringify(said));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
