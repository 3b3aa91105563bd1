"""The npm client `openwhisk` through all that it offers; each script in `npm/` is one walk through a resource."""

import secrets
import subprocess
from pathlib import Path

import pytest

from tests.running import RunningRuntime
from tests.runtime.invoker.running import zipped
from tui.runtime.invoker.interpreters import Interpreters

SCRIPTS = Path(__file__).parent / "npm"
WALKS = sorted(script.stem for script in SCRIPTS.glob("*.js") if script.stem != "client")


@pytest.mark.parametrize("kind", ["nodejs:20", "nodejs:24"])
@pytest.mark.parametrize("walk", WALKS)
def test_the_stock_client_walks_through(
    walk: str, kind: str, runtime: RunningRuntime, npm_client: Path, interpreters: Interpreters
) -> None:
    node = next((one for one in interpreters.found if one.kind == kind), None)
    if node is None:
        pytest.skip(f"no {kind} was found")
    environment = {
        "PATH": "/usr/bin:/bin",
        "NODE_PATH": str(npm_client),
        "APIHOST": runtime.url,
        "AUTH": runtime.auth,
        "PREFIX": f"npm-{secrets.token_hex(4)}",
        "ZIP": zipped({"index.js": "exports.main = () => ({from: 'a zip'})"}),
    }

    walked = subprocess.run(
        [node.path, str(SCRIPTS / f"{walk}.js")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert walked.returncode == 0, walked.stderr
    assert walked.stderr == ""
