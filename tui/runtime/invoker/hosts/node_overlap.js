'use strict';
// Runs of one action that overlap in one worker, as its `concurrency` limit allows.
//
// Frames carry the activation's id then. Lines are those of the run in whose asynchronous context they are printed; what
// is printed outside of any (by an emitter that was made earlier, for example) belongs to the only run there is, or else
// to none, and the runtime adds it to the next run that ends. Variables such as __OW_ACTIVATION_ID are the last run's.

const { AsyncLocalStorage } = require('async_hooks');

class OverlappingRuns {
  constructor(channel, logs, invoke) {
    this.channel = channel;
    this.logs = logs;
    this.invoke = invoke;
    this.storage = new AsyncLocalStorage();
    this.runs = new Set();
    this.stray = logs.overlap(() => this.linesOf(this.storage.getStore()));
  }

  start({ activation_id: id, value }) {
    const run = { id, lines: this.logs.open(`:${id}`) };
    this.runs.add(run);
    this.storage.run(run, () => this.invoke(value, (result) => this.finish(run, result)));
  }

  linesOf(run) {
    if (this.runs.has(run)) return run.lines;
    if (this.runs.size === 1) return this.runs.values().next().value.lines;
    return this.stray;
  }

  finish(run, { verdict, size, result }) {
    if (!this.runs.has(run)) return;
    const rest = this.logs.finish(run.lines);
    this.runs.delete(run);
    this.channel.send(`end:${run.id}`, verdict, size, rest.bytes, result, rest.logs);
    this.stray.spent = 0;
  }

  // The process is about to end.
  finishAll(verdict) {
    for (const run of this.runs) this.finish(run, { verdict, size: 0, result: '' });
  }
}

module.exports = { OverlappingRuns };
