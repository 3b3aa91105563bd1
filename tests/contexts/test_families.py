"""Each program's files, as that program writes them: what is found, what wins, and what is said about the rest."""

import pytest

from tests.contexts.conftest import Machine, found
from tui.contexts import Setting
from tui.contexts.relaxed_json import parse
from tui.entities.endpoint import Secret

SAMPLES_AND_ACCOUNTS = [
    ("dot-wskprops", "wskprops", "https://ow.dev.example", "11111111", "~/.wskprops"),
    ("dot-env", "aio-shop", "https://adobeioruntime.net", "22222222-aaaa-4bbb-8ccc-000000000003", "./.env"),
    ("aio", "aio", "https://adobeioruntime.net", "33333333", "~/.config/aio"),
    ("ops-config.json", "ops", "https://openserverless.example", "66666666", "~/.ops/config.json"),
]


@pytest.mark.parametrize(("sample", "name", "url", "key", "place"), SAMPLES_AND_ACCOUNTS)
def test_every_program_leaves_an_account_behind(
    machine: Machine, sample: str, name: str, url: str, key: str, place: str
) -> None:
    machine.put(sample)

    context = found(machine.catalog(), name)

    assert context.endpoint is not None
    assert context.endpoint.url == url
    assert context.endpoint.auth.reveal().startswith(key)
    assert context.won[Setting.AUTH].place == place
    assert machine.choice().context == context


def test_doctl_names_its_current_namespace_first_and_the_others_too(machine: Machine) -> None:
    machine.put("doctl-credentials.json")

    first, second = machine.catalog().contexts[1:]

    assert (first.name, first.platform) == ("doctl", "DigitalOcean")
    assert first.endpoint is not None
    assert first.endpoint.namespace == "fn-8c1f02aa-1111-4222-8333-000000000005"
    assert second.name == "doctl-fn-77777777-1111-4222-8333-000000000006"
    assert second.endpoint is not None
    assert second.endpoint.host == "faas-nyc1-2ef2e6cc.doserverless.co"


def test_of_a_name_in_two_spellings_the_last_counts_and_the_other_is_reported(machine: Machine) -> None:
    machine.put("dot-env")

    context = found(machine.catalog(), "aio-shop")

    assert context.won[Setting.AUTH].key == "AIO_RUNTIME_AUTH"
    assert context.conflicts == (
        "aio-shop has two values for key: ./.env AIO_RUNTIME_AUTH is used, "
        "./.env AIO_runtime_auth is different and ignored.",
    )


def test_variables_win_over_env_and_env_over_aio(machine: Machine) -> None:
    machine.put("dot-env", "dot-aio")
    machine.environ["aio_RUNTIME_Auth"] = "77777777:variable-secret-word"

    context = found(machine.catalog(), "aio-shop")

    assert context.endpoint is not None
    assert context.endpoint.auth == Secret("77777777:variable-secret-word")
    assert context.endpoint.namespace == "12345-shop"
    assert context.won[Setting.AUTH].place == "environment"
    assert ("./.aio", "runtime.namespace") in [(each.place, each.key) for each, _ in context.also]
    assert "./.aio runtime.namespace is different and ignored." in " ".join(context.conflicts)


def test_a_project_fills_up_what_it_lacks_from_the_users_own_file(machine: Machine) -> None:
    machine.put("aio")
    machine.write("work/shop/.env", "AIO_RUNTIME_AUTH=88888888:p\n")

    context = found(machine.catalog(), "aio-shop")

    assert context.won[Setting.NAMESPACE].where == "~/.config/aio Runtime.namespace"


def test_a_host_that_a_project_names_never_gets_the_users_own_key(machine: Machine) -> None:
    machine.put("aio")
    machine.write("work/shop/.aio", '{"runtime": {"apihost": "https://elsewhere.example"}}')

    catalog = machine.catalog()

    assert catalog.find("aio-shop") is None
    assert all(each.endpoint is None or "elsewhere" not in each.endpoint.url for each in catalog.contexts)
    assert any("is not sent there" in problem for problem in catalog.problems)


def test_a_key_that_ops_pinned_into_a_project_is_found(machine: Machine) -> None:
    machine.write("work/shop/.env", "OPS_APIHOST=https://os.example\nOPS_USER=devel\nAUTH=99999999:p\n")

    context = found(machine.catalog(), "ops-shop")

    assert (context.platform, context.won[Setting.NAMESPACE].text) == ("Apache OpenServerless", "devel")


def test_what_an_action_finds_around_it_comes_last(machine: Machine) -> None:
    machine.environ |= {"__OW_API_HOST": "https://inside.example", "__OW_API_KEY": "u:k", "__OW_NAMESPACE": "team"}

    assert machine.choice().context.name == "action"

    machine.put("dot-wskprops")
    assert machine.choice().context.name == "wskprops"


def test_files_above_the_working_folder_are_found_the_nearest_first(machine: Machine) -> None:
    machine.put("dot-wskprops")
    machine.write("work/.wskprops", "APIHOST=near.example\nAUTH=n:k\n")

    catalog = machine.catalog()

    assert machine.choice().context.name == "wskprops-work"
    assert [each.name for each in catalog.contexts] == ["local", "wskprops-work", "wskprops"]


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        (".wskprops", "APIHOST=h.example\n", "~/.wskprops has no AUTH."),
        ("work/shop/.aio", "{ runtime: ", "./.aio cannot be understood"),
        (".ops/config.json", "{", "~/.ops/config.json is no JSON."),
        (".config/doctl/sandbox/creds/1/credentials.json", "[", "credentials.json is no JSON."),
    ],
)
def test_a_file_that_cannot_be_used_is_named_and_stops_nothing(
    machine: Machine, path: str, text: str, said: str
) -> None:
    machine.write(path, text)

    catalog = machine.catalog('[contexts.prod]\napihost = "h"\nauth = "u:k"\n')

    assert any(said in problem for problem in catalog.problems)
    assert found(catalog, "prod").endpoint is not None


def test_a_file_of_another_user_is_not_believed(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.put("dot-wskprops")
    stranger = (machine.home / ".wskprops").stat().st_uid + 1
    monkeypatch.setattr("os.geteuid", lambda: stranger)
    if stranger == 1:  # we are root, whose files everybody believes
        monkeypatch.setattr("tui.contexts.files._TRUSTED", ())

    catalog = machine.catalog()

    assert catalog.find("wskprops") is None
    assert any("belongs to another user" in problem for problem in catalog.problems)


def test_no_file_of_another_program_is_written(machine: Machine) -> None:
    machine.put_all()
    files = [path for path in machine.home.rglob("*") if path.is_file()]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}

    machine.catalog()
    machine.choice()

    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in machine.home.rglob("*") if path.is_file()}
    assert {path: after[path] for path in before} == before
    assert set(after) - set(before) <= {machine.home / ".config/whisktop/config.toml"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.5, true, null, "x"]}', {"a": [1, 2.5, True, None, "x"]}),
        ("{a: one two, three\n b: 'it''s'\n}", None),
        ("# c\n{ /* c */ a: one two\n b: 'x', // c\n c: [1,\n2], }", {"a": "one two", "b": "x", "c": [1, 2]}),
        (
            "{auth: 1234-ab:secret\nn: 12\nt: '''\n  one\n  two\n'''}",
            {"auth": "1234-ab:secret", "n": 12, "t": "one\ntwo"},
        ),
        ('{url: https://a.example/x#y\nq: "a # b"}', {"url": "https://a.example/x#y", "q": "a # b"}),
    ],
)
def test_json_as_people_write_it(text: str, value: object) -> None:
    if value is None:
        with pytest.raises(ValueError):
            parse(text)
    else:
        assert parse(text) == value
