"""The code of the worked sample: an asynchronous worker, and a web action that starts it and answers its id."""

from typing import Final

WORKER_SECONDS: Final = 20
WORKER_LINES: Final = 10

NODE_WORKER: Final = """\
// Works for about 20 seconds: longer than anybody should wait for an answer.
const STEPS = 10;
const STEP_MS = 2000;

async function main(params) {
  const name = params.name || 'nobody';
  for (let step = 1; step <= STEPS; step += 1) {
    console.log(`step ${step} of ${STEPS} for ${name}`);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
  return { body: { payload: `worker done: ${name}`, steps: STEPS } };
}
"""

NODE_WEB: Final = """\
// Answers plain HTTP at once: it starts the worker and gives its activation id, by which the result is found later.
const openwhisk = require('openwhisk');

async function main(params) {
  const ow = openwhisk();
  const started = await ow.actions.invoke({
    name: 'my-worker',
    blocking: false,
    params: { name: params.name || 'the web' },
  });
  return { activationId: started.activationId };
}
"""

PYTHON_WORKER: Final = """\
# Works for about 20 seconds: longer than anybody should wait for an answer.
import time

STEPS = 10
STEP_S = 2


def main(params):
    name = params.get("name") or "nobody"
    for step in range(1, STEPS + 1):
        print(f"step {step} of {STEPS} for {name}", flush=True)
        time.sleep(STEP_S)
    return {"body": {"payload": f"worker done: {name}", "steps": STEPS}}
"""

PYTHON_WEB: Final = """\
# Answers plain HTTP at once: it starts the worker and gives its activation id, by which the result is found later.
import base64
import json
import os
import urllib.request


def main(params):
    url = os.environ["__OW_API_HOST"] + "/api/v1/namespaces/_/actions/my-worker?blocking=false"
    key = base64.b64encode(os.environ["__OW_API_KEY"].encode()).decode()
    payload = json.dumps({"name": params.get("name") or "the web"}).encode()
    headers = {"Authorization": "Basic " + key, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, payload, headers)) as answer:
        return {"activationId": json.load(answer)["activationId"]}
"""
