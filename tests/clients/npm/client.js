'use strict';
// What the scripts beside this one share: the stock client, set up as its users do, and a few words of theirs.

const assert = require('assert');
const openwhisk = require('openwhisk');

const { APIHOST: apihost, AUTH: api_key, PREFIX } = process.env;

const ow = openwhisk({ apihost, api_key });
const name = (text) => `${PREFIX}-${text}`;

// What the call is refused with.
async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'the call was not refused' });
}

async function until(look, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const seen = await look();
    if (seen) return seen;
    await new Promise((go) => setTimeout(go, 50));
  }
  throw new assert.AssertionError({ message: `still not so after ${seconds} s: ${look}` });
}

const activation = (id) => until(() => ow.activations.get(id).catch(() => null));

function run(test) {
  test().catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

module.exports = { assert, ow, openwhisk, name, refusal, until, activation, run, apihost, api_key };
