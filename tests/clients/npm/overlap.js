'use strict';
// Many calls at once of an action whose runs may overlap, while each of them calls back into the platform.
const { assert, ow, name, run } = require('./client.js');

const code = `
  const openwhisk = require('openwhisk')
  async function main(args) {
    if (args.inner) return {twice: args.number * 2, pid: process.pid}
    const params = {inner: true, number: args.number}
    console.log('outer ' + args.number)
    return openwhisk().actions.invoke({name: process.env.__OW_ACTION_NAME, blocking: true, result: true, params})
  }`;

run(async () => {
  const action = name('overlap');
  await ow.actions.create({ name: action, action: code, limits: { concurrency: 100 } });
  const invoke = (number) => ow.actions.invoke({ name: action, blocking: true, result: true, params: { number } });
  await invoke(0);

  const results = await Promise.all(Array.from({ length: 30 }, (_, number) => invoke(number)));

  assert.deepEqual(results.map(({ twice }) => twice), Array.from({ length: 30 }, (_, number) => number * 2));
  assert.equal(new Set(results.map(({ pid }) => pid)).size, 1);
  const records = await ow.activations.list({ name: action, limit: 200, docs: true });
  for (const record of records) assert.ok(record.logs.length <= 1, JSON.stringify(record.logs));
  await ow.actions.delete(action);
});
