'use strict';
const { assert, ow, name, until, run } = require('./client.js');

run(async () => {
  const [trigger, action, rule] = ['ticks', 'tick', 'on-tick'].map(name);
  const feed = { feedName: '/whisk.system/alarms/once', trigger };
  await ow.triggers.create({ name: trigger, trigger: { annotations: [{ key: 'feed', value: feed.feedName }] } });
  await ow.actions.create({ name: action, action: 'function main(args) { return args }' });
  await ow.rules.create({ name: rule, action, trigger });

  await ow.feeds.create({
    ...feed,
    params: { date: new Date(Date.now() + 1000).toISOString(), trigger_payload: { tick: 'tock' }, deleteAfterFire: 'false' },
  });
  assert.ok(await ow.feeds.get(feed));
  const [ran] = await until(async () => {
    const found = await ow.activations.list({ name: action, docs: true });
    return found.length > 0 && found;
  });
  assert.equal(ran.response.result.tick, 'tock');

  await ow.feeds.delete(feed);
  await ow.rules.delete(rule);
  await ow.triggers.delete(trigger);
  await ow.actions.delete(action);
});
