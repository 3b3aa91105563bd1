'use strict';
// The plugin `@adobe/aio-cli-plugin-runtime` without the rest of `aio`: `node aio.js FOLDER DESCRIPTOR`.
//
// Each line from the descriptor is a command, a JSON array of words; each line on stdout is what came of it. The plugin
// takes two seconds to load: so it is loaded once. It does things to stdin, which is therefore left alone.

const fs = require('fs');
const path = require('path');

const [folder, descriptor] = [process.argv[2], Number(process.argv[3])];
const load = require('module').createRequire(path.join(folder, 'package.json'));
const { run } = load('@oclif/core');
const root = path.dirname(load.resolve('@adobe/aio-cli-plugin-runtime/package.json'));
const print = process.stdout.write.bind(process.stdout);

function collect(stream) {
  const pieces = [];
  stream.write = (piece, ...rest) => {
    pieces.push(String(piece));
    const callback = rest.find((each) => typeof each === 'function');
    if (callback) process.nextTick(callback);
    return true;
  };
  return () => pieces.splice(0).join('');
}

function* lines() {
  const chunk = Buffer.alloc(65536);
  for (let pending = '', count; (count = fs.readSync(descriptor, chunk)) > 0; ) {
    const parts = (pending + chunk.toString('utf8', 0, count)).split('\n');
    pending = parts.pop();
    yield* parts;
  }
}

async function main() {
  const takeStdout = collect(process.stdout);
  const takeStderr = collect(process.stderr);
  for (const line of lines()) {
    let code = 0;
    try {
      await run(JSON.parse(line), root);
    } catch (error) {
      code = error.oclif?.exit ?? 1;
      if (code !== 0) process.stderr.write(`${error.message}\n`);
    }
    print(`${JSON.stringify({ code, stdout: takeStdout(), stderr: takeStderr() })}\n`);
  }
}

main();
