// The reference side of tests/bench/expressions: reads the input, then expressions, one JSON text a
// line; answers each with the nanoseconds of CPU that one evaluation took.
const jsonata = require(process.env.PAWL_JSONATA || 'jsonata');

const windowMicros = 100000;

async function measure(expression, bindings) {
  const start = process.cpuUsage();
  let count = 0;
  let used;
  do {
    for (let i = 0; i < 100; i++) await expression.evaluate(undefined, bindings);
    count += 100;
    const now = process.cpuUsage(start);
    used = now.user + now.system;
  } while (used < windowMicros);
  return used * 1000 / count;
}

(async () => {
  let bindings;
  const parsed = new Map();
  for await (const line of require('readline').createInterface({input: process.stdin})) {
    const value = JSON.parse(line);
    if (bindings === undefined) {
      bindings = {states: {input: value}};
      continue;
    }
    if (!parsed.has(value)) parsed.set(value, jsonata(value));
    process.stdout.write(`${await measure(parsed.get(value), bindings)}\n`);
  }
})();
