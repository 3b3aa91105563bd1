"""Contexts of the settings and accounts found elsewhere: how they become one, and how conflicts are told."""

from tests.contexts.conftest import Machine, found
from tui.contexts import Setting
from tui.entities.endpoint import Secret

KEYLESS = '[contexts.dev]\napihost = "https://ow.dev.example"\nproduction = true\n'


def test_the_local_runtime_is_first_then_the_settings_then_what_was_found(machine: Machine) -> None:
    machine.put_all()

    names = [each.name for each in machine.catalog(KEYLESS).contexts]

    assert names == [
        "local",
        "dev",
        "aio-shop",
        "aio",
        "doctl",
        "doctl-fn-77777777-1111-4222-8333-000000000006",
        "ops",
    ]


def test_a_context_without_a_key_takes_the_one_that_was_found_for_its_host(machine: Machine) -> None:
    machine.put("dot-wskprops")

    context = found(machine.catalog(KEYLESS), "dev")

    assert context.endpoint is not None
    assert context.endpoint.auth == Secret("11111111-aaaa-4bbb-8ccc-000000000001:wskprops-secret-word")
    assert context.endpoint.production
    assert context.won[Setting.AUTH].where == "~/.wskprops AUTH"
    assert "[contexts.dev]" in context.endpoint.provenance
    assert "~" not in context.endpoint.url


def test_of_two_keys_the_first_is_used_the_other_named_and_prefer_turns_it_round(machine: Machine) -> None:
    machine.put("dot-wskprops")
    machine.environ |= {"__OW_API_HOST": "https://ow.dev.example", "__OW_API_KEY": "u:other"}

    context = found(machine.catalog(KEYLESS), "dev")
    preferring = found(machine.catalog(KEYLESS + 'prefer = "environment"\n'), "dev")

    assert context.conflicts == (
        "dev has two keys: ~/.wskprops AUTH is used, environment __OW_API_KEY is different and ignored. "
        'prefer = "environment" in [contexts.dev] would choose that one.',
    )
    assert preferring.endpoint is not None
    assert preferring.endpoint.auth == Secret("u:other")
    assert "~/.wskprops AUTH is different and ignored" in preferring.conflicts[0]


def test_two_keys_for_one_host_are_two_contexts_that_know_of_each_other(machine: Machine) -> None:
    machine.put("dot-wskprops")
    machine.environ |= {"WHISK_APIHOST": "https://ow.dev.example", "WHISK_AUTH": "u:other"}

    catalog = machine.catalog()

    assert found(catalog, "environment").conflicts == (
        "ow.dev.example has two keys: environment WHISK_AUTH is environment, ~/.wskprops AUTH is wskprops.",
    )
    assert found(catalog, "wskprops").endpoint is not None


def test_the_same_account_found_twice_is_one_context(machine: Machine) -> None:
    machine.put("dot-wskprops")
    machine.environ |= {
        "WHISK_APIHOST": "ow.dev.example",
        "WHISK_AUTH": "11111111-aaaa-4bbb-8ccc-000000000001:wskprops-secret-word",
    }

    catalog = machine.catalog()

    assert [each.name for each in catalog.contexts] == ["local", "environment"]
    assert ("~/.wskprops AUTH", True) in [(each.where, same) for each, same in found(catalog, "environment").also]


def test_no_way_round_the_guards_of_a_context(machine: Machine) -> None:
    machine.environ |= {"WHISK_APIHOST": "prod.example", "WHISK_AUTH": "u:k"}
    config = '[contexts.prod]\napihost = "prod.example"\nauth = "u:k"\nread_only = true\nproduction = true\n'

    choice = machine.choice(config)

    assert choice.context.name == "prod"
    assert choice.why == "WHISK_APIHOST and WHISK_AUTH"
    assert choice.context.endpoint is not None
    assert choice.context.endpoint.read_only
    assert choice.context.endpoint.production


def test_a_context_named_as_what_was_found_guards_that(machine: Machine) -> None:
    machine.put("doctl-credentials.json")

    choice = machine.choice("[contexts.doctl]\nread_only = true\npoll_min_s = 5\n")

    assert choice.context.name == "doctl"
    assert choice.context.endpoint is not None
    assert choice.context.endpoint.read_only
    assert choice.context.endpoint.poll_min_s == 5


def test_any_context_that_was_found_can_be_named(machine: Machine) -> None:
    machine.put_all()

    assert machine.choice(context="ops").context.name == "ops"
    assert machine.choice('context = "aio"\n').context.name == "aio"
    assert machine.choice(context="local").context.endpoint is None


def test_files_are_asked_in_their_order(machine: Machine) -> None:
    machine.put_all()
    order = [machine.choice().context.name]
    for gone in ("work/shop/.env", ".wskprops", ".config/aio", ".config/doctl/sandbox/creds/3c1a9d02/credentials.json"):
        (machine.home / gone).unlink()
        order.append(machine.choice().context.name)

    assert order == ["aio-shop", "wskprops", "aio", "doctl", "ops"]
