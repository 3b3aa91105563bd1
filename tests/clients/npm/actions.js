'use strict';
const { assert, ow, name, refusal, activation, run } = require('./client.js');

const hello = 'function main(args) { console.log("hi"); return {greeting: `hello ${args.name}`} }';

run(async () => {
  const action = name('hello');

  const created = await ow.actions.create({
    name: action,
    action: hello,
    params: { name: 'nobody' },
    annotations: { color: 'red' },
    limits: { memory: 128 },
  });
  assert.match(created.exec.kind, /^nodejs:\d+$/);
  assert.deepEqual([created.version, created.exec.binary, created.limits.memory], ['0.0.1', false, 128]);
  assert.deepEqual(created.parameters, [{ key: 'name', value: 'nobody' }]);

  const conflict = await refusal(ow.actions.create({ name: action, action: hello }));
  assert.deepEqual([conflict.name, conflict.statusCode], ['OpenWhiskError', 409]);
  assert.equal(conflict.error.error, 'resource already exists');
  assert.ok(conflict.error.code);

  const listed = (await ow.actions.list({ limit: 200 })).find((one) => one.name === action);
  assert.deepEqual([listed.version, listed.exec], ['0.0.1', { binary: false }]);
  assert.ok((await ow.actions.list({ count: true })).actions >= 1);

  const got = await ow.actions.get(action);
  assert.equal(got.exec.code, hello);
  assert.equal('code' in (await ow.actions.get({ name: action, code: false })).exec, false);

  const updated = await ow.actions.update({ name: action, action: hello, params: { name: 'you' } });
  assert.equal(updated.version, '0.0.2');
  assert.equal(updated.annotations.find(({ key }) => key === 'color').value, 'red');

  const full = await ow.actions.invoke({ name: action, blocking: true });
  assert.deepEqual(full.response.result, { greeting: 'hello you' });
  assert.deepEqual([full.response.status, full.response.success], ['success', true]);
  assert.deepEqual(
    await ow.actions.invoke({ name: action, blocking: true, result: true, params: { name: 'me' } }),
    { greeting: 'hello me' },
  );
  const { activationId } = await ow.actions.invoke({ name: `/_/${action}`, params: { name: 'later' } });
  assert.deepEqual((await activation(activationId)).response.result, { greeting: 'hello later' });

  const failing = name('failing');
  await ow.actions.create({ name: failing, action: 'function main() { return {error: {code: 7}} }' });
  const failed = await refusal(ow.actions.invoke({ name: failing, blocking: true, result: true }));
  assert.equal(failed.statusCode, 502);
  assert.deepEqual(failed.error.response.result, { error: { code: 7 } });

  const zip = Buffer.from(process.env.ZIP, 'base64');
  assert.equal((await ow.actions.update({ name: action, action: zip })).exec.binary, true);
  assert.deepEqual(await ow.actions.invoke({ name: action, blocking: true, result: true }), { from: 'a zip' });

  const sequence = name('sequence');
  const steps = [`/_/${action}`, `/_/${action}`];
  assert.equal((await ow.actions.create({ name: sequence, sequence: steps })).exec.kind, 'sequence');
  assert.deepEqual(await ow.actions.invoke({ name: sequence, blocking: true, result: true }), { from: 'a zip' });

  for (const each of [sequence, failing, action]) await ow.actions.delete(each);
  const missing = await refusal(ow.actions.get(action));
  assert.deepEqual([missing.statusCode, missing.error.error], [404, 'The requested resource does not exist.']);
});
