'use strict';
const { assert, ow, name, refusal, activation, run } = require('./client.js');

const from = (value) => ({ parameters: [{ key: 'from', value }] });

run(async () => {
  const [trigger, action, rule] = ['trigger', 'action', 'rule'].map(name);

  const created = await ow.triggers.create({ name: trigger, trigger: from('the trigger') });
  assert.deepEqual([created.name, created.version], [trigger, '0.0.1']);
  assert.ok((await ow.triggers.list({ limit: 200 })).some((one) => one.name === trigger));
  assert.deepEqual((await ow.triggers.get(trigger)).parameters, [{ key: 'from', value: 'the trigger' }]);
  assert.equal((await ow.triggers.update({ name: trigger, trigger: from('an update') })).version, '0.0.2');

  const silent = await ow.triggers.invoke({ name: trigger }); // no rule: 204 without a body
  assert.ok(!silent || !silent.activationId);

  await ow.actions.create({ name: action, action: 'function main(args) { return args }' });
  assert.equal((await ow.rules.create({ name: rule, action, trigger })).status, 'active');
  assert.ok((await ow.rules.list({ limit: 200 })).some((one) => one.name === rule));
  const got = await ow.rules.get(rule);
  assert.deepEqual([got.status, got.action.name, got.trigger.name], ['active', action, trigger]);

  const { activationId } = await ow.triggers.invoke({ name: trigger, params: { number: 1 } });
  const fired = await activation(activationId);
  assert.deepEqual([fired.end, fired.duration, fired.response.result], [undefined, undefined, { number: 1 }]);
  const outcome = JSON.parse(fired.logs[0]);
  assert.equal(outcome.success, true);
  const ran = await activation(outcome.activationId);
  const { __ow_headers, ...merged } = ran.response.result;
  assert.deepEqual(merged, { from: 'an update', number: 1 });
  assert.equal(__ow_headers['user-agent'], 'openwhisk-client-js');

  await ow.rules.disable({ name: rule });
  assert.equal((await ow.rules.get(rule)).status, 'inactive');
  const unheard = await ow.triggers.invoke({ name: trigger });
  assert.ok(!unheard || !unheard.activationId);
  await ow.rules.enable({ name: rule });
  assert.equal((await ow.rules.get(rule)).status, 'active');
  assert.equal((await ow.rules.update({ name: rule, action, trigger })).version, '0.0.2');

  await ow.triggers.delete(trigger);
  assert.equal((await ow.rules.get(rule)).status, 'inactive');
  assert.equal((await refusal(ow.rules.enable({ name: rule }))).statusCode, 404);
  await ow.rules.delete(rule);
  await ow.actions.delete(action);
  for (const gone of [ow.rules.get(rule), ow.triggers.get(trigger)]) assert.equal((await refusal(gone)).statusCode, 404);
});
