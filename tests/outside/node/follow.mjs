// Follows every event with a read-only identity and checks each against the exported schemas.
// Ends after the seconds given, or once as many events as wanted came; prints counts as JSON.
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import Ajv from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { readdirSync, readFileSync } from "node:fs";

const [url, seed, folder, wanted, seconds] = process.argv.slice(2);
const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv);
for (const name of readdirSync(folder)) {
  const schema = JSON.parse(readFileSync(`${folder}/${name}`, "utf8"));
  ajv.addSchema({ ...schema, $id: undefined }, name.replace(/\.json$/, ""));
}
const nc = await connect({
  servers: url,
  authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
  inboxPrefix: "_INBOX.observer",
});
const seen = {};
const faults = [];
let count = 0;
const subscription = nc.subscribe("erp.>");
nc.publish("erp.sales.forged.v1", "{}"); // it may only read: the broker says so
let refused = false;
(async () => {
  for await (const status of nc.status()) {
    if (JSON.stringify(status, Object.getOwnPropertyNames(status.error ?? {}).concat(Object.keys(status))).match(/ermission/)) refused = true;
  }
})();
await nc.flush();
console.log("listening");
setTimeout(() => subscription.unsubscribe(), Number(seconds) * 1000);
for await (const message of subscription) {
  const event = message.json();
  const validate = ajv.getSchema(message.subject);
  if (!validate) faults.push(`${message.subject}: no schema`);
  else if (!validate(event.data)) faults.push(`${message.subject}: ${ajv.errorsText(validate.errors)}`);
  if (event.type !== message.subject) faults.push(`${message.subject}: type ${event.type}`);
  seen[message.subject] = (seen[message.subject] ?? 0) + 1;
  if (++count >= Number(wanted)) subscription.unsubscribe();
}
console.log(JSON.stringify({ count, seen, faults, refused }));
await nc.close();
