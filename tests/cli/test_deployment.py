"""`deploy`, `export`, `diff` and `promote` by command, between two real runtimes."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.cli.conftest import Done, Run, runner
from tests.cli.quick import Starter
from tests.running import RunningRuntime, running_runtime

pytestmark = pytest.mark.xdist_group("deployment by command")

MANIFEST = """
packages:
  shop:
    inputs: {region: $REGION}
    actions:
      order: {function: order.py, web: yes, inputs: {apiKey: $SHOP_KEY}}
      bill: {function: order.py}
    triggers: {ordered: {}}
    rules: {on-order: {trigger: ordered, action: bill}}
"""
ORDER = "def main(args):\n    return {'region': args.get('region')}\n"
THERE = ("--context", "there")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRuntime]:
    with running_runtime(tmp_path_factory.mktemp("elsewhere")) as running:
        yield running


@pytest.fixture
def run(commands: Starter, runtime: RunningRuntime, elsewhere: RunningRuntime, tmp_path: Path) -> Run:
    """A command with three contexts: `here`, which is used, `there`, and `live`, which is `there` in production."""
    tables = ['context = "here"\n']
    for name, place in (("here", runtime), ("there", elsewhere), ("live", elsewhere)):
        key = f'[contexts.{name}]\napihost = "{place.url}"\nauth = "{place.auth}"\n'
        tables.append(f"{key}production = true\n" if name == "live" else key)
    (tmp_path / "config.toml").write_text("\n".join(tables))
    environment = {key: value for key, value in runtime.environment.items() if key != "WSK_CONFIG_FILE"}
    folders = {"WHISKTOP_CONFIG": str(tmp_path / "config.toml"), "XDG_DATA_HOME": str(tmp_path / "share")}
    return runner(commands, environment | folders | {"HOME": str(tmp_path)})


@pytest.fixture
def project(run: Run, tmp_path: Path) -> Iterator[Path]:
    """A manifest whose entities are on neither runtime."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "manifest.yml").write_text(MANIFEST)
    (folder / "order.py").write_text(ORDER)
    (folder / ".env").write_text("SHOP_KEY=zx81-very-secret\n")
    yield folder
    made = (("rule", "on-order"), ("trigger", "ordered"), ("action", "shop/order"), ("action", "shop/bill"))
    for noun, name in made:
        for place in ("here", "there"):
            run("delete", noun, name, "--context", place, code=None)


def verdicts(done: Done) -> dict[str, str]:
    return {step["name"]: step["verdict"] for step in done.json["steps"]}


def test_a_project_is_deployed_after_its_plan_and_done_again_nothing_is_left(run: Run, project: Path) -> None:
    missing = run("deploy", str(project), "--json", code=2)
    dry = run("deploy", str(project), "--dry-run", "--json", REGION="eu")
    deployed = run("deploy", str(project), REGION="eu")
    again = run("deploy", str(project), "--json", REGION="eu")

    assert (missing.stdout, "REGION" in missing.stderr) == ("", True)
    assert set(verdicts(dry).values()) <= {"create", "unchanged"}
    assert verdicts(dry)["shop/order"] == "create"
    assert "result" not in dry.json["steps"][0]
    lines = deployed.lines
    assert lines.index("  + action shop/order") < lines.index("done     create action shop/order")
    assert lines[-1].startswith("The way back: whisktop deploy --undo ")
    assert set(verdicts(again).values()) == {"unchanged"}
    assert "zx81-very-secret" not in deployed.stdout + deployed.stderr + dry.stdout + dry.stderr
    assert run("get", "actions", "shop/order", "--json").json["parameters"]


def test_things_are_promoted_compared_and_taken_back(run: Run, project: Path) -> None:
    run("deploy", str(project), REGION="eu")

    promoted = run("promote", "shop", "--to", "there", "--json").json
    same = run("diff", "shop", "--to", "there", "--exit-code")
    (project / "order.py").write_text(ORDER.replace("region'", "area'", 1))
    run("deploy", str(project), REGION="us")
    differs = run("diff", "shop", "--to", "there", "--exit-code", code=1)
    shown = run("diff", "shop", "--to", "there", "--show-values", "--json").json

    assert {step["result"] for step in promoted["steps"]} <= {"done", "unchanged"}
    assert {step["name"] for step in promoted["steps"]} == {"shop", "shop/order", "shop/bill", "ordered", "on-order"}
    assert promoted["target"]["context"] == "there"
    assert run("invoke", "shop/order", "--blocking", "--json", *THERE).json["response"]["result"] == {"region": "eu"}
    assert same.lines[-1] == "5 unchanged"
    assert "        +    return {'area': args.get('region')}" in differs.lines
    assert "      parameter region  ••• → •••" in differs.lines
    assert {"what": "parameter region", "before": '"eu"', "after": '"us"'} in shown["steps"][0]["changes"]

    run("promote", "shop/order", "--to", "there")
    back = run("deploy", "--undo", "--json", *THERE).json
    assert [step["verdict"] for step in back["steps"]] == ["update", "update"]
    assert run("get", "actions", "shop/order", "--json", *THERE).json["exec"]["code"] == ORDER
    gone = run("deploy", "--undo", promoted["undo"], "--json", *THERE).json
    assert {step["verdict"] for step in gone["steps"]} == {"delete"}
    run("get", "actions", "shop/order", *THERE, code=5)


def test_a_conflict_ends_it_before_anything_is_sent(run: Run, project: Path) -> None:
    run("create", "trigger", "on-order", *THERE)

    refused = run("deploy", str(project), "--json", *THERE, code=2, REGION="eu")

    assert refused.stdout == ""
    assert "! rule on-order: on-order is the name of something that is no rule." in refused.stderr
    run("get", "actions", "shop/order", *THERE, code=5)
    run("delete", "trigger", "on-order", *THERE)


def test_production_wants_to_be_meant(run: Run, project: Path) -> None:
    refused = run("deploy", str(project), "--context", "live", code=2, REGION="eu")
    locked = run("deploy", str(project), "--yes", "--read-only", *THERE, code=2, REGION="eu")
    run("get", "actions", "shop/order", *THERE, code=5)

    run("deploy", str(project), "--context", "live", "--yes", REGION="eu")

    assert "--yes" in refused.stderr
    assert "read-only" in locked.stderr
    run("get", "actions", "shop/order", *THERE)


def test_what_was_exported_is_deployed_elsewhere_with_its_keys_set(run: Run, project: Path, tmp_path: Path) -> None:
    run("deploy", str(project), REGION="eu")

    exported = run("export", "shop", "--output", str(tmp_path / "out"), "--json")
    run("export", "shop", "--output", str(tmp_path / "out"), code=2)
    kept = run("deploy", str(tmp_path / "out"), *THERE, code=2)

    name = "SHOP_ORDER_APIKEY"
    assert exported.json["variables"] == [name]
    texts = [file.read_text() for file in (tmp_path / "out").rglob("*") if file.is_file()]
    assert not any("zx81-very-secret" in text for text in [*texts, exported.stdout, exported.stderr])
    assert name in kept.stderr
    run("deploy", str(tmp_path / "out"), *THERE, **{name: "zx81-very-secret"})
    here, there = (run("get", "actions", "shop/order", "--json", *where).json for where in ((), THERE))
    for record in (here, there):
        del record["version"], record["updated"]
    assert here == there


@pytest.mark.parametrize(
    "words",
    [
        ("promote", "--to", "there"),
        ("promote", "x", "--all", "--to", "there"),
        ("promote", "cli-echo"),
        ("promote", "--all", "--to", "here"),
        ("promote", "--all", "--to", "nowhere"),
        ("diff", "a", "b"),
        ("deploy", "nothing-here"),
        ("deploy", "--undo", "nothing-here"),
        ("deploy", "--undo"),
    ],
)
def test_what_makes_no_sense_ends_with_2_and_a_sentence(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words, code=2)

    assert done.stdout == ""
    assert done.stderr


def test_what_is_not_there_cannot_be_promoted(run: Run) -> None:
    assert "no-such-thing" in run("promote", "no-such-thing", "--to", "there", code=5).stderr


def test_whoever_sits_at_a_terminal_is_asked(
    run: Run, project: Path, tmp_path: Path, elsewhere: RunningRuntime
) -> None:
    environment = elsewhere.environment | {"REGION": "eu", "XDG_DATA_HOME": str(tmp_path / "share"), "NO_COLOR": "1"}
    for answer, code in (("n", 1), ("y", 0)):
        command = pexpect.spawn(
            sys.executable, ["-m", "tui", "deploy", str(project)], env=environment, encoding="utf-8", timeout=30
        )
        command.expect_exact("Go ahead? [y/N]: ")
        assert "+ action shop/order" in command.before
        command.sendline(answer)
        command.expect(pexpect.EOF)
        command.close()
        assert command.exitstatus == code, command.before

    assert json.loads(run("get", "actions", "shop/order", "--json", *THERE).stdout)["name"] == "order"
