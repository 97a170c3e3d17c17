/** Loaded into the process that is measured: writes its peak memory, in bytes, to the file in `PEAK_MEMORY`. */
const { writeFileSync } = require("node:fs");

process.on("exit", () => writeFileSync(process.env.PEAK_MEMORY, String(process.resourceUsage().maxRSS * 1024)));
