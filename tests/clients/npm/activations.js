'use strict';
const { assert, ow, name, refusal, activation, run } = require('./client.js');

run(async () => {
  const action = name('logged');
  await ow.actions.create({
    name: action,
    action: 'function main(args) { console.log("out"); console.error("err"); return args }',
  });
  const started = Date.now();
  const ids = [];
  for (const number of [1, 2, 3]) {
    ids.unshift((await ow.actions.invoke({ name: action, params: { number } })).activationId);
    await activation(ids[0]);
  }

  assert.deepEqual((await ow.activations.list({ name: action })).map((one) => one.activationId), ids);
  assert.deepEqual(
    (await ow.activations.list({ name: action, limit: 1, skip: 1 })).map((one) => one.activationId),
    [ids[1]],
  );
  assert.deepEqual(await ow.activations.list({ name: action, upto: started - 60000 }), []);
  assert.equal((await ow.activations.list({ name: action, since: started, count: true })).activations, 3);
  const [full] = await ow.activations.list({ name: action, docs: true, limit: 1 });
  assert.equal(full.logs.length, 2);

  const record = await ow.activations.get(ids[0]);
  assert.equal(record.end - record.start, record.duration);
  const { logs } = await ow.activations.logs(ids[0]);
  assert.match(logs[0], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z +stdout: out$/);
  assert.match(logs[1], / stderr: err$/);
  assert.deepEqual((await ow.activations.result({ name: ids[0] })).result, { number: 3 });

  const missing = await refusal(ow.activations.get('0'.repeat(32)));
  assert.deepEqual([missing.statusCode, missing.error.error], [404, 'The requested resource does not exist.']);
  await ow.actions.delete(action);
});
