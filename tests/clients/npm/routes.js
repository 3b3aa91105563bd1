'use strict';
const { assert, ow, name, refusal, run } = require('./client.js');

run(async () => {
  const action = name('routed');
  const basepath = `/${name('api')}`;
  await ow.actions.create({
    name: action,
    action: 'function main(args) { return {body: {method: args.__ow_method, q: args.q}} }',
    annotations: { 'web-export': true },
  });

  const created = await ow.routes.create({ action, basepath, relpath: '/things', operation: 'GET', responsetype: 'http' });
  assert.ok(created.gwApiUrl);
  const answer = await fetch(`${created.gwApiUrl}/things?q=5`);
  assert.deepEqual([answer.status, await answer.json()], [200, { method: 'get', q: '5' }]);

  const { apis } = await ow.routes.list();
  assert.ok(apis.some(({ value }) => value.apidoc.basePath === basepath));
  assert.deepEqual(Object.keys((await ow.routes.get({ basepath })).apis[0].value.apidoc.paths), ['/things']);

  await ow.routes.delete({ basepath });
  assert.equal((await fetch(`${created.gwApiUrl}/things`)).status, 404);
  assert.ok((await refusal(ow.routes.delete({ basepath }))).statusCode >= 400);
  await ow.actions.delete(action);
});
