"""Projects on disk, in the formats of three deployment tools."""

from pathlib import Path

HELLO = "function main(a) { return { hello: a.name, place: a.place, region: a.region, mode: process.env.MODE }; }\n"

WSKDEPLOY = {
    "manifest.yml": """
packages:
  PKG:
    version: 1.0
    license: Apache-2.0
    inputs:
      region: ${REGION}
    annotations: {made-by: hand}
    dependencies:
      PKG-tools: {location: /whisk.system/utils, inputs: {separator: "-"}}
    actions:
      hello:
        function: src/hello.js
        runtime: nodejs:default
        web: yes
        inputs:
          name: string
          place: {type: string, value: "in $${REGION} or ${REGION}", description: where}
          count: {type: integer, value: $COUNT}
          when: 2025-01-01
        environment: {MODE: fast}
        limits: {timeout: 30000, memorySize: 128, logSize: 1, concurrentActivations: 2}
      packed:
        function: packed
        runtime: python
        include:
          - [shared/*.py, lib/]
        exclude: [notes]
      inline:
        code: |
          def main(args):
              return {"inline": True}
        runtime: python
      raw: {function: src/hello.js, web-export: raw, annotations: {require-whisk-auth: secret-word}}
    sequences:
      chain: {actions: "hello, /whisk.system/utils/echo, PKG/inline", web: true}
    triggers:
      PKG-clock:
        feed: /whisk.system/alarms/interval
        inputs: {minutes: 90, trigger_payload: {name: Clock}}
      PKG-event: {inputs: {from: manifest}}
    rules:
      PKG-rule: {trigger: PKG-event, action: hello}
      PKG-off: {trigger: PKG-clock, action: chain, status: inactive}
    apis:
      PKG api:
        PKG:
          greet: {hello: {method: get, response: http}, chain: post}
  default:
    actions:
      PKG-plain: {function: src/hello.js}
""",
    "src/hello.js": HELLO,
    "packed/__main__.py": "from lib.helper import value\n\ndef main(args):\n    return {'value': value}\n",
    "packed/notes/private.txt": "not for everybody",
    "shared/helper.py": "value = 42\n",
    ".env": "COUNT='7'\nREGION=overridden\n",
}

APP_BUILDER = {
    "package.json": '{"name": "@company/PKG", "version": "1.2.3"}',
    "app.config.yaml": """
application:
  actions: actions
  runtimeManifest:
    license: Apache-2.0
    packages:
      __APP_PACKAGE__:
        license: Apache-2.0
        actions:
          generic:
            function: actions/generic/index.js
            web: 'yes'
            runtime: nodejs:default
            inputs: {LOG_LEVEL: debug, apiKey: $SERVICE_KEY}
            annotations: {require-adobe-auth: true, final: true}
          plain:
            function: actions/plain.js
            include: [["files/*.txt", "texts/"]]
            annotations: {web-export: false}
extensions:
  dx/excshell/1:
    $include: src/dx-excshell-1/ext.config.yaml
""",
    "actions/generic/index.js": "exports.main = async (a) => ({ body: { level: a.LOG_LEVEL } });\n",
    "actions/plain.js": """
const fs = require('fs');
exports.main = () => ({ text: fs.readFileSync(__dirname + '/texts/a.txt', 'utf8') });
""",
    "files/a.txt": "from a file",
    "src/dx-excshell-1/ext.config.yaml": """
operations: {view: []}
runtimeManifest:
  packages:
    PKG-shell:
      actions:
        inner: {function: actions/inner.js, runtime: 'nodejs:default', limits: {timeout: 5000, concurrency: 3}}
""",
    "src/dx-excshell-1/actions/inner.js": "require('../../missing');\nexports.main = () => ({ source: true });\n",
    ".env": "SERVICE_KEY=abc\n",
}

DIGITAL_OCEAN = {
    "project.yml": """
parameters: {everywhere: 1}
environment: {MODE: "${MODE}"}
packages:
  - name: PKG
    shared: false
    annotations: {made-by: hand}
    functions:
      - name: hello
        runtime: nodejs:default
        web: false
        parameters: {name: Sammy}
        environment: {TOKEN: t}
        limits: {timeout: 5000, memory: 256, logs: 2}
        triggers:
          - name: PKG-tick
            sourceType: scheduler
            sourceDetails: {cron: "0 3 * * *", withBody: {name: Cron}}
          - name: PKG-tock
            type: SCHEDULED
            enabled: false
            scheduledDetails: {cron: "1 3 * * *"}
      - name: both
        sequence: [PKG/hello, PKG/folder]
  - name: default
    functions:
      - name: PKG-top
        webSecure: word
""",
    "packages/PKG/hello.js": HELLO,
    "packages/PKG/folder/__main__.py": """
from util import value

def main(args):
    return {'value': value, 'name': args.get('hello')}
""",
    "packages/PKG/folder/util.py": "value = 43\n",
    "packages/PKG/folder/secret.txt": "not for everybody",
    "packages/PKG/folder/.ignore": "secret.txt\n",
    "packages/default/PKG-top/PKG-top.js": HELLO,
}


def write_project(files: dict[str, str], folder: Path, package: str) -> Path:
    """A copy with a package name of its own."""
    for name, text in files.items():
        path = folder / name.replace("PKG", package)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("PKG", package))
    return folder
