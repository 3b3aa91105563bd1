'use strict';
const { assert, ow, openwhisk, name, refusal, run, apihost, api_key } = require('./client.js');

run(async () => {
  const [namespace] = await ow.namespaces.list();
  const action = name('seen');
  await ow.actions.create({ name: action, action: 'function main() {}' });

  const all = await ow.namespaces.get();
  assert.deepEqual(Object.keys(all).sort(), ['actions', 'packages', 'rules', 'triggers']);
  const explicit = openwhisk({ apihost, api_key, namespace });
  assert.equal((await explicit.actions.get(action)).namespace, namespace);
  assert.equal((await ow.actions.get(`/${namespace}/${action}`)).name, action);

  const stranger = openwhisk({ apihost, api_key: `${api_key.split(':')[0]}:wrong` });
  const refused = await refusal(stranger.actions.list());
  assert.deepEqual([refused.statusCode, refused.error.error], [401, 'The supplied authentication is invalid']);
  assert.equal((await refusal(ow.actions.get(`/somebody.else/${action}`))).statusCode, 403);
  await ow.actions.delete(action);
});
