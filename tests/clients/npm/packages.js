'use strict';
const { assert, ow, name, refusal, run } = require('./client.js');

run(async () => {
  const [pkg, bound] = ['package', 'bound'].map(name);
  const action = `${pkg}/show`;

  const created = await ow.packages.create({ name: pkg, package: { parameters: [{ key: 'a', value: 1 }] } });
  assert.deepEqual([created.name, created.version, created.binding], [pkg, '0.0.1', {}]);
  await ow.actions.create({ name: action, action: 'function main(args) { return args }', params: { b: 2 } });

  assert.deepEqual((await ow.packages.get(pkg)).actions.map((one) => one.name), ['show']);
  assert.ok((await ow.packages.list({ limit: 200 })).some((one) => one.name === pkg));
  assert.deepEqual((await ow.actions.list({ id: `${pkg}/` })).map((one) => one.name), ['show']);

  const { namespace } = created;
  await ow.packages.update({
    name: bound,
    package: { binding: { namespace, name: pkg }, parameters: [{ key: 'c', value: 3 }] },
  });
  assert.deepEqual((await ow.packages.get(bound)).binding, { namespace, name: pkg });
  const invoke = (path) => ow.actions.invoke({ name: path, blocking: true, result: true, params: { d: 4 } });
  assert.deepEqual(await invoke(action), { a: 1, b: 2, d: 4 });
  assert.deepEqual(await invoke(`${bound}/show`), { a: 1, b: 2, c: 3, d: 4 });

  assert.equal((await refusal(ow.packages.delete(pkg))).statusCode, 409); // it is not empty
  await ow.actions.delete(action);
  await ow.packages.delete(bound);
  await ow.packages.delete(pkg);
  assert.equal((await refusal(ow.packages.get(pkg))).statusCode, 404);
});
