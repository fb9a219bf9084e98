// Reads an OpenAPI document with spectral's own ruleset for it; prints what it calls an error.
import core from "@stoplight/spectral-core";
import rulesets from "@stoplight/spectral-rulesets";
import { readFileSync } from "node:fs";

const spectral = new core.Spectral();
spectral.setRuleset({ extends: [rulesets.oas] });
const found = await spectral.run(JSON.parse(readFileSync(process.argv[2], "utf8")));
const errors = found.filter((one) => one.severity === 0);
for (const one of errors) console.log(one.code, one.path.join("/"), one.message);
console.log(`${found.length - errors.length} remarks, ${errors.length} errors`);
process.exit(errors.length ? 1 : 0);
