'use strict';
// Turns what the action writes to stdout and stderr into log lines, stamped where they are written.
//
// Lines travel with the result. So that none is lost when the worker is killed, and so that they can be watched, the
// first 16 writes of each 100 ms are sent at once. What is written faster than that waits in memory shared with a
// thread (node_flusher.js), which sends it every 50 ms even while the action blocks the event loop.

const { StringDecoder } = require('string_decoder');
const { setTimeout, clearTimeout } = globalThis;
const { byteLength } = Buffer;
const { stringify } = JSON;
const OwnDate = Date; // an action may well have a clock of its own, in its tests for example
const { now: readClock } = Date;

const WINDOW_MS = 100;
const WRITES_AT_ONCE = 16;
const FLUSH_CHARACTERS = 32768;
const IDLE_CHARACTERS = 65536; // kept of what is written between two activations
const STAMP_COLUMNS = 30;

// The console's own methods also tell a debugger, and look out for errors that these streams do not have; both cost
// more than to keep a line.
function quicken(console) {
  const { stdout, stderr } = process;
  const quick = new console.Console({ stdout, stderr, ignoreErrors: false, colorMode: false });
  for (const name of Object.keys(quick)) {
    if (typeof quick[name] === 'function') console[name] = quick[name];
  }
}

// What one activation has printed so far.
class RunLines {
  constructor(suffix) {
    this.suffix = suffix; // tells in a frame whose they are, where activations overlap
    this.active = false;
    this.limit = 0;
    this.spent = 0; // bytes, dropped ones included
    this.partial = { stdout: '', stderr: '' };
  }
}

class Logs {
  constructor(channel) {
    this.channel = channel;
    this.run = new RunLines(''); // whose lines wait to be sent
    this.limit = 0;
    this.runOf = null; // where activations overlap: finds the one that prints
    this.unsentBytes = 0;
    this.lines = [];
    this.characters = 0;
    this.windowStart = 0;
    this.tokens = WRITES_AT_ONCE;
    this.timer = null;
    this.shared = null;
    this.stampTime = 0;
    this.stamp = '';
  }

  capture() {
    for (const name of ['stdout', 'stderr']) this.captureStream(name, process[name]);
    quicken(console);
  }

  captureStream(name, stream) {
    let decoder = null;
    stream.write = (chunk, encoding, callback) => {
      if (typeof encoding === 'function') [callback, encoding] = [encoding, undefined];
      if (typeof chunk === 'string' && (!encoding || /^utf-?8$/i.test(encoding))) {
        this.write(name, chunk);
      } else {
        if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
          throw new TypeError('The "chunk" argument must be of type string or an instance of Buffer or Uint8Array.');
        }
        decoder ??= new StringDecoder('utf8');
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk);
        this.write(name, decoder.write(bytes));
      }
      if (typeof callback === 'function') process.nextTick(callback);
      return true;
    };
    stream.end = (chunk, encoding, callback) => {
      if (typeof chunk !== 'function' && chunk !== undefined && chunk !== null) stream.write(chunk, encoding);
      const last = [chunk, encoding, callback].find((argument) => typeof argument === 'function');
      if (last) process.nextTick(last);
      return stream;
    };
  }

  begin(limit) {
    this.limit = limit; // the same for all activations
    this.run.active = true;
    this.run.limit = limit;
    this.run.spent = 0;
  }

  // From now on activations overlap. Gives back the lines of what is printed for none of them.
  overlap(runOf) {
    this.flush();
    this.runOf = runOf;
    const stray = this.run;
    this.run = new RunLines('');
    stray.suffix = ':-';
    return stray;
  }

  open(suffix) {
    const run = new RunLines(suffix);
    run.active = true;
    run.limit = this.limit;
    return run;
  }

  // What waits to be sent is always of one activation.
  switchTo(run) {
    if (run === this.run) return;
    this.flush();
    this.run = run;
    if (this.shared) this.shared.suffix = run.suffix;
  }

  write(name, text) {
    if (this.runOf) this.switchTo(this.runOf());
    const { run } = this;
    if (!text.includes('\n')) {
      if (run.partial[name].length <= run.limit) run.partial[name] += text;
      return;
    }
    const now = readClock();
    if (run.partial[name] === '' && text.indexOf('\n') === text.length - 1) {
      this.add(name, text.slice(0, -1), now);
    } else {
      const lines = (run.partial[name] + text).split('\n');
      run.partial[name] = lines.pop();
      for (const line of lines) this.add(name, line, now);
    }
    if (run.active) this.pace(now);
  }

  add(name, line, now) {
    const { run } = this;
    const bytes = byteLength(line) + 1;
    run.spent += bytes;
    this.unsentBytes += bytes;
    if (run.active ? run.spent > run.limit : this.characters > IDLE_CHARACTERS) return;
    if (now !== this.stampTime) {
      this.stampTime = now;
      this.stamp = new OwnDate(now).toISOString().padEnd(STAMP_COLUMNS);
    }
    const entry = stringify(`${this.stamp} ${name}: ${line}`);
    if (this.shared) {
      if (this.shared.push(entry, this.unsentBytes)) this.unsentBytes = 0;
      else this.flushWith(entry);
      return;
    }
    this.lines.push(entry);
    this.characters += entry.length;
  }

  pace(now) {
    if (now - this.windowStart >= WINDOW_MS || now < this.windowStart) {
      this.windowStart = now;
      this.tokens = WRITES_AT_ONCE;
    }
    if (this.tokens > 0) {
      this.tokens -= 1;
      this.flush();
    } else if (!this.shared) {
      if (this.characters > FLUSH_CHARACTERS) this.flush();
      this.share();
    }
  }

  // Starts the thread. Where there is no room for one, a timer does what it can.
  share() {
    try {
      const { SharedLog } = require('./node_shared_log.js');
      this.shared = new SharedLog(this.channel);
      this.shared.suffix = this.run.suffix;
    } catch {
      this.timer ??= setTimeout(() => {
        this.timer = null;
        if (this.run.active) this.flush();
      }, WINDOW_MS).unref();
      return;
    }
    this.flush();
  }

  flush() {
    const { bytes, logs } = this.take();
    if (bytes > 0 || logs.length > 0) this.channel.send(`log${this.run.suffix}`, '-', 0, bytes, '', logs);
  }

  flushWith(entry) {
    this.flush();
    this.channel.send(`log${this.run.suffix}`, '-', 0, this.unsentBytes, '', entry);
    this.unsentBytes = 0;
  }

  // What has not been sent yet: the texts joined by commas, and how many bytes of output they stand for.
  take() {
    let bytes = this.unsentBytes;
    let logs = '';
    if (this.shared) {
      const taken = this.shared.take();
      bytes += taken.bytes;
      logs = taken.logs;
    }
    if (this.lines.length > 0) {
      logs = this.lines.length === 1 ? this.lines[0] : this.lines.join(',');
      this.lines = [];
      this.characters = 0;
    }
    this.unsentBytes = 0;
    return { bytes, logs };
  }

  // The end of an activation: also what was printed without a newline.
  finish(run = this.run) {
    this.switchTo(run);
    for (const name of ['stdout', 'stderr']) {
      if (run.partial[name] !== '') {
        const line = run.partial[name];
        run.partial[name] = '';
        this.add(name, line, readClock());
      }
    }
    if (this.timer) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    run.active = false;
    return this.take();
  }
}

module.exports = { Logs };
