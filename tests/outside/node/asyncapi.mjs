// Reads the AsyncAPI document as any other tool would; prints what its parser holds against it.
import { Parser } from "@asyncapi/parser";
import { readFileSync } from "node:fs";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const errors = diagnostics.filter((one) => one.severity === 0);
for (const one of errors) console.log(one.path.join("/"), one.message);
console.log(document ? `${document.allChannels().all().length} channels` : "no document");
process.exit(errors.length || !document ? 1 : 0);
