'use strict';
// Variables of the environment that change with every run.
//
// Setting a variable of the process costs more than a short run, and the C library keeps every value that a variable ever
// had. Those that change are therefore held in an object behind `process.env`, which shows them like all others: to the
// action, and to the child processes that get a copy of it. Threads and native code look at the process itself.

const { defineProperty, hasOwn } = Object;
const { deleteProperty, getOwnPropertyDescriptor } = Reflect;

// Puts `names`, which are set, behind `process.env`; gives back the object to set them in.
function varyEnvironment(names) {
  const { env } = process;
  const varying = {};
  for (const name of names) varying[name] = env[name];
  const handler = {
    get: (target, name) => (hasOwn(varying, name) ? varying[name] : target[name]),
    set(target, name, value) {
      if (hasOwn(varying, name)) varying[name] = `${value}`;
      else target[name] = value;
      return true;
    },
    defineProperty(target, name, descriptor) {
      delete varying[name];
      return defineProperty(target, name, descriptor) === target;
    },
    deleteProperty(target, name) {
      delete varying[name];
      return deleteProperty(target, name);
    },
    getOwnPropertyDescriptor(target, name) {
      const descriptor = getOwnPropertyDescriptor(target, name);
      return descriptor && hasOwn(varying, name) ? { ...descriptor, value: varying[name] } : descriptor;
    },
  };
  process.env = new Proxy(env, handler);
  return varying;
}

module.exports = { varyEnvironment };
