"""Which endpoint is chosen where several are named, and what is said when a named one cannot be used."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tui.config import load_settings
from tui.entities.endpoint import Endpoint, Secret
from tui.errors import ConfigError
from tui.operations.connect import Accounts

CONFIG = """
context = "staging"

[contexts.staging]
apihost = "staging.example.com"
auth = "s:secret"

[contexts.prod]
apihost = "http://prod.example.com:8080/"
auth = "p:secret"
namespace = "team"
production = true
read_only = true
color = "red"

[contexts.keyless]
apihost = "h.example.com"
"""
VARIABLES = {"WHISK_APIHOST": "env.example.com", "WHISK_AUTH": "e:secret"}

Choose = Callable[..., Endpoint | None]


@pytest.fixture
def choose(tmp_path: Path) -> Choose:
    def choose_with(
        environ: dict[str, str] | None = None,
        *,
        config: str = CONFIG,
        context: str | None = None,
        read_only: bool = False,
    ) -> Endpoint | None:
        (tmp_path / "config.toml").write_text(config)
        surroundings = {"WHISKTOP_CONFIG": str(tmp_path / "config.toml"), **(environ or {})}
        settings = load_settings(environ=surroundings)
        accounts = Accounts(settings, context=context, read_only=read_only, environ=surroundings, cwd=tmp_path)
        return accounts.endpoint()

    return choose_with


def chosen(endpoint: Endpoint | None) -> Endpoint:
    assert endpoint is not None
    return endpoint


@pytest.fixture
def wskprops(tmp_path: Path) -> Path:
    file = tmp_path / ".wskprops"
    file.write_text("APIHOST=http://props.example.com\nAUTH=w:secret\nNAMESPACE=guest\n")
    return file


def test_the_command_line_comes_first(choose: Choose, wskprops: Path) -> None:
    endpoint = chosen(choose({**VARIABLES, "WSK_CONFIG_FILE": str(wskprops)}, context="prod"))

    assert endpoint.url == "http://prod.example.com:8080"
    assert (endpoint.context, endpoint.namespace, endpoint.color) == ("prod", "team", "red")
    assert endpoint.auth == Secret("p:secret")
    assert endpoint.production
    assert endpoint.read_only
    assert "[contexts.prod]" in endpoint.provenance


def test_then_the_whisk_variables(choose: Choose, wskprops: Path) -> None:
    endpoint = chosen(choose({**VARIABLES, "WSK_CONFIG_FILE": str(wskprops)}))

    assert (endpoint.url, endpoint.auth) == ("https://env.example.com", Secret("e:secret"))
    assert "WHISK_APIHOST" in endpoint.provenance


def test_then_the_file_that_wsk_is_told_to_read(choose: Choose, wskprops: Path) -> None:
    endpoint = chosen(choose({"WSK_CONFIG_FILE": str(wskprops)}))

    assert (endpoint.url, endpoint.namespace) == ("http://props.example.com", "guest")
    assert str(wskprops) in endpoint.provenance


def test_then_the_context_named_in_the_settings(choose: Choose) -> None:
    assert chosen(choose()).context == "staging"


def test_a_host_without_its_key_is_no_endpoint(choose: Choose) -> None:
    assert chosen(choose({"WHISK_APIHOST": "env.example.com"})).context == "staging"


def test_where_nothing_is_named_the_local_runtime_is_meant(choose: Choose) -> None:
    assert choose(config="") is None


def test_the_local_runtime_can_be_asked_for_by_name(choose: Choose) -> None:
    assert choose(VARIABLES, context="local") is None


def test_read_only_locks_a_context_that_is_not(choose: Choose) -> None:
    assert not chosen(choose()).read_only
    assert chosen(choose(read_only=True)).read_only


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"context": "prdo"}, "--context names the context 'prdo', which does not exist"),
        ({"context": "keyless"}, "[contexts.keyless] has no auth"),
        ({"config": "context = 'gone'"}, "names the context 'gone', which does not exist"),
        ({"environ": {"WSK_CONFIG_FILE": "missing"}}, "WSK_CONFIG_FILE: "),
    ],
)
def test_an_endpoint_that_is_named_but_cannot_be_used_is_an_error(
    choose: Choose, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        choose(**arguments)

    assert said in caught.value.message


def test_a_properties_file_without_a_key_is_an_error(choose: Choose, tmp_path: Path) -> None:
    (tmp_path / "props").write_text("APIHOST=h.example.com\n")

    with pytest.raises(ConfigError, match="has no AUTH"):
        choose({"WSK_CONFIG_FILE": "props"})
