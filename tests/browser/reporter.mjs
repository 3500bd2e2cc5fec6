// A line for each test, and at last how many passed and how many failed.

export default async function* report(events) {
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of events) {
    if (type === "test:stdout" || type === "test:stderr") yield data.message;
    if ((type !== "test:pass" && type !== "test:fail") || data.skip !== undefined || isFile(data)) continue;
    const seconds = (data.details.duration_ms / 1000).toFixed(1);
    if (type === "test:pass") {
      passed += 1;
      yield `ok      ${data.name} (${seconds} s)\n`;
    } else {
      failed += 1;
      const { error } = data.details;
      yield `FAILED  ${data.name} (${seconds} s)\n${(error.cause?.stack ?? error.cause ?? error.stack ?? String(error)) + ""}\n`;
    }
  }
  // A filter that fits no test must not look like success.
  if (!passed) process.exitCode = 1;
  yield `browser: ${passed} passed, ${failed} failed\n`;
}

/** Some versions of Node report a file as a test of its own. One that failed on its own account counts. */
function isFile({ name, nesting, details }) {
  return nesting === 0 && /\.mjs$/.test(name) && details.error?.failureType !== "testCodeFailure";
}
