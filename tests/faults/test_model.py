"""Whatever is done in whatever order, the runtime says what a simple model of OpenWhisk says.

The model knows entities by name, one key space for all of them, with their versions, and which activations there are.
Actions are sequences of an action of the system's, so that thousands of runs take no worker.
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.contract.platform import Platform
from tests.running import running_runtime
from tests.runtime.serving import talking_to

ECHO = "/whisk.system/utils/echo"
OTHER = "Resource by this name exists but is not in this collection."
EXISTS = "resource already exists"
MISSING = "The requested resource does not exist."
COLLECTIONS = ("actions", "triggers", "rules", "packages")

plain_names = st.sampled_from(["a", "b", "c"])
package_names = st.sampled_from(["a", "p"])
action_names = st.one_of(plain_names, st.builds("{}/{}".format, package_names, plain_names))
numbers = itertools.count()


@dataclass
class Entity:
    collection: str
    version: int = 1
    note: int | None = None
    trigger: str = ""
    action: str = ""
    is_active: bool = True
    is_linked: bool = True
    """Whether its trigger knows it: not if that was deleted, even if there is another of that name."""


def other_sort(found: Entity, expected: str) -> str:
    """What a rule is told whose trigger or action is something else."""
    sort = "class org.apache.openwhisk.core.entity.Whisk"
    is_called = found.collection.removesuffix("s").capitalize()
    return f"document type {sort}{is_called} did not match expected type {sort}{expected}."


@dataclass
class Model:
    """What there should be."""

    entities: dict[str, Entity] = field(default_factory=dict)
    """By name; actions in packages as `package/name`."""
    activations: list[tuple[str, str]] = field(default_factory=list)
    """Listed name and version."""

    def find(self, name: str, collection: str) -> Entity | None:
        entity = self.entities.get(name)
        return entity if entity is not None and entity.collection == collection else None

    def members(self, package: str) -> list[str]:
        return [name for name in self.entities if name.startswith(f"{package}/")]

    def package_trouble(self, name: str) -> tuple[int, str] | None:
        """What is wrong with the package that an action's name begins with."""
        package, slash, _ = name.partition("/")
        if not slash or self.find(package, "packages"):
            return None
        return (409, OTHER) if package in self.entities else (404, MISSING)

    def trouble(self, name: str, collection: str) -> tuple[int, str] | None:
        """What reading or deleting it answers, if there is no such thing."""
        if collection == "actions" and (trouble := self.package_trouble(name)):
            return trouble
        if name not in self.entities:
            return 404, MISSING
        return None if self.entities[name].collection == collection else (409, OTHER)


class Machine(RuleBasedStateMachine):
    platform: ClassVar[Platform]

    def __init__(self) -> None:
        super().__init__()
        self.prefix = f"m{next(numbers)}-"
        self.model = Model()

    # ---- the runtime's words ----

    def path(self, collection: str, name: str) -> str:
        return f"{collection}/{self.named(name)}"

    def named(self, name: str) -> str:
        """Only packages and plain names carry the prefix: it is the first segment that has to be unique."""
        return self.prefix + name

    def full(self, name: str) -> str:
        return f"/_/{self.named(name)}"

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.platform.rest(method, path, body)

    def expect(self, answer: httpx.Response, trouble: tuple[int, str] | None, status: int = 200) -> bool:
        """Whether it went well, as it should or should not have."""
        if trouble is None:
            assert answer.status_code == status, answer.text
            return True
        assert (answer.status_code, answer.json()["error"]) == trouble
        return False

    # ---- what may happen ----

    @rule(name=action_names, overwrite=st.booleans(), note=st.integers(0, 9))
    def put_action(self, name: str, overwrite: bool, note: int) -> None:
        body = {
            "exec": {"kind": "sequence", "components": [ECHO]},
            "annotations": [{"key": "note", "value": note}],
        }
        self.put("actions", name, overwrite, body, note, self.model.package_trouble(name))

    @rule(name=plain_names, overwrite=st.booleans(), note=st.integers(0, 9))
    def put_trigger(self, name: str, overwrite: bool, note: int) -> None:
        self.put("triggers", name, overwrite, {"annotations": [{"key": "note", "value": note}]}, note)

    @rule(name=package_names, overwrite=st.booleans(), note=st.integers(0, 9))
    def put_package(self, name: str, overwrite: bool, note: int) -> None:
        self.put("packages", name, overwrite, {"annotations": [{"key": "note", "value": note}]}, note)

    def put(
        self,
        collection: str,
        name: str,
        overwrite: bool,
        body: dict[str, Any],
        note: int | None,
        trouble: tuple[int, str] | None = None,
    ) -> None:
        there = self.model.entities.get(name)
        if trouble is None and there is not None:
            if there.collection != collection:
                trouble = 409, OTHER
            elif not overwrite:
                trouble = 409, EXISTS

        answer = self.ask("PUT", f"{self.path(collection, name)}?overwrite={overwrite}", body)

        if self.expect(answer, trouble):
            if there is None:
                self.model.entities[name] = Entity(collection, note=note)
            else:
                there.version += 1
                there.note = note
            assert answer.json()["version"] == f"0.0.{self.model.entities[name].version}"

    @rule(name=plain_names, trigger=plain_names, action=action_names, overwrite=st.booleans())
    def put_rule(self, name: str, trigger: str, action: str, overwrite: bool) -> None:
        model, there = self.model, self.model.entities.get(name)
        trouble = model.package_trouble(action)  # rights are looked at first
        if trouble is not None:
            pass
        elif there is not None and there.collection != "rules":
            trouble = 409, OTHER
        elif there is not None and not overwrite:
            trouble = 409, EXISTS
        elif trigger not in model.entities:
            trouble = 400, f"trigger /{self.platform.namespace}/{self.named(trigger)} does not exist"
        elif not model.find(trigger, "triggers"):
            trouble = 400, other_sort(model.entities[trigger], "Trigger")
        elif action not in model.entities:
            trouble = 400, f"action /{self.platform.namespace}/{self.named(action)} does not exist"
        elif not model.find(action, "actions"):
            trouble = 400, other_sort(model.entities[action], "ActionMetaData")

        body = {"trigger": self.full(trigger), "action": self.full(action)}
        answer = self.ask("PUT", f"{self.path('rules', name)}?overwrite={overwrite}", body)

        if self.expect(answer, trouble):
            if there is None:
                model.entities[name] = Entity("rules", trigger=trigger, action=action)
            else:
                there.version += 1
                there.trigger, there.action, there.is_linked = trigger, action, True
            assert answer.json()["status"] == self.status(name)

    @rule(name=plain_names, active=st.booleans())
    def set_rule(self, name: str, active: bool) -> None:
        trouble = self.model.trouble(name, "rules")
        found = self.model.find(name, "rules")
        if found is not None and active and not self.model.find(found.trigger, "triggers"):
            trouble = 404, "Only rules with existing triggers can be activated"

        status = "active" if active else "inactive"
        answer = self.ask("POST", self.path("rules", name), {"status": status})

        if self.expect(answer, trouble):
            assert answer.text == "OK"
            assert found is not None
            found.is_linked = found.is_linked or active
            found.is_active = active

    @rule(collection=st.sampled_from(COLLECTIONS), name=action_names)
    def get(self, collection: str, name: str) -> None:
        if "/" in name and collection != "actions":
            return
        trouble = self.model.trouble(name, collection)
        if collection == "packages" and name not in self.model.entities:
            path = f"{self.platform.namespace}/{self.named(name)}"
            trouble = 404, f"The requested resource '{path}' does not exist."

        answer = self.ask("GET", self.path(collection, name))

        if self.expect(answer, trouble):
            entity, body = self.model.entities[name], answer.json()
            assert body["version"] == f"0.0.{entity.version}"
            notes = [each["value"] for each in body["annotations"] if each["key"] == "note"]
            assert notes == [] if entity.note is None else [entity.note]
            if collection == "packages":
                members = {self.prefix.join(("", f"{name}/{each['name']}")) for each in body["actions"]}
                assert members == {self.prefix + each for each in self.model.members(name)}

    @rule(collection=st.sampled_from(COLLECTIONS), name=action_names, force=st.booleans())
    def delete(self, collection: str, name: str, force: bool) -> None:
        if "/" in name and collection != "actions":
            return
        model, trouble = self.model, self.model.trouble(name, collection)
        members = model.members(name) if collection == "packages" else []
        if trouble is None and members and not force:
            count = "1 entity" if len(members) == 1 else f"{len(members)} entities"
            text = f"Package not empty (contains {count}). Set force param or delete package contents."
            trouble = 409, text

        answer = self.ask("DELETE", f"{self.path(collection, name)}?force={force}")

        if self.expect(answer, trouble):
            for each in (*members, name):
                del model.entities[each]
            for other in model.entities.values():
                if collection == "triggers" and other.collection == "rules" and other.trigger == name:
                    other.is_active = other.is_linked = False

    @rule(name=action_names, n=st.integers())
    def invoke(self, name: str, n: int) -> None:
        trouble = self.model.trouble(name, "actions")

        answer = self.ask("POST", f"{self.path('actions', name)}?blocking=true", {"n": n})

        if self.expect(answer, trouble):
            record = answer.json()
            assert record["response"]["result"] == {"n": n}
            assert record["version"] == f"0.0.{self.model.entities[name].version}"
            assert self.platform.record(record["activationId"]) == record
            self.note_run(name)

    @rule(name=plain_names, n=st.integers())
    def fire(self, name: str, n: int) -> None:
        trouble, model = self.model.trouble(name, "triggers"), self.model
        rules = {
            each: entity
            for each, entity in model.entities.items()
            if entity.collection == "rules" and entity.trigger == name and entity.is_linked
        }
        is_answered = any(entity.is_active for entity in rules.values())

        answer = self.ask("POST", self.path("triggers", name), {"n": n})

        if not self.expect(answer, trouble, 202 if is_answered else 204) or not is_answered:
            return
        record = self.platform.record(answer.json()["activationId"])
        assert record["response"]["result"] == {"n": n}
        model.activations.append((self.named(name), record["version"]))
        lines = {line["rule"]: line for line in map(json.loads, record["logs"])}
        assert set(lines) == {f"{self.platform.namespace}/{self.named(each)}" for each in rules}
        for each, entity in rules.items():
            self.check_line(lines[f"{self.platform.namespace}/{self.named(each)}"], entity, n)

    def check_line(self, line: dict[str, Any], entity: Entity, n: int) -> None:
        trouble = self.model.trouble(entity.action, "actions")
        assert line["success"] is (entity.is_active and trouble is None)
        if line["success"]:
            run = self.platform.record(line["activationId"])
            assert run["response"]["result"]["n"] == n
            self.note_run(entity.action)
        elif entity.is_active:
            assert trouble is not None
            assert line["error"] == trouble[1]

    def note_run(self, name: str) -> None:
        listed = self.named(name)
        self.model.activations.append((listed, f"0.0.{self.model.entities[name].version}"))

    # ---- what always holds ----

    def status(self, name: str) -> str:
        return "active" if self.model.entities[name].is_active else "inactive"

    @invariant()
    def lists_hold_what_there_is(self) -> None:
        for collection in COLLECTIONS:
            listed = self.platform.rest("GET", f"{collection}?limit=200").json()
            own = {self.listed_name(each) for each in listed if self.listed_name(each).startswith(self.prefix)}
            there = {self.named(name) for name, each in self.model.entities.items() if each.collection == collection}
            assert own == there

    def listed_name(self, entity: dict[str, Any]) -> str:
        _, slash, package = entity["namespace"].partition("/")
        return f"{package}/{entity['name']}" if slash else str(entity["name"])

    @invariant()
    def rules_tell_their_state(self) -> None:
        for name, entity in self.model.entities.items():
            if entity.collection == "rules":
                assert self.ask("GET", self.path("rules", name)).json()["status"] == self.status(name)

    def teardown(self) -> None:
        by_name: dict[str, list[str]] = {}
        for name, version in self.model.activations:
            by_name.setdefault(name, []).append(version)
        for name, versions in by_name.items():
            listed = self.platform.rest("GET", "activations", params={"name": name, "limit": "200"}).json()
            assert sorted(each["version"] for each in listed) == sorted(versions)
            counted = self.platform.rest("GET", "activations", params={"name": name, "count": "true"}).json()
            assert counted == {"activations": len(versions)}
        for collection in ("rules", "triggers", "actions", "packages"):
            for name, entity in list(self.model.entities.items()):
                if entity.collection == collection and (collection != "actions" or "/" not in name):
                    assert self.ask("DELETE", f"{self.path(collection, name)}?force=true").status_code == 200


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder: Path = tmp_path_factory.mktemp("model")
    with running_runtime(folder) as running, talking_to(running) as platform:
        yield platform
    assert "Traceback" not in (folder / "serve.err").read_text()


def test_the_runtime_says_what_a_model_says(platform: Platform) -> None:
    Machine.platform = platform

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
