"""Reading activations: one, its parts, lists and their filters (sections 3.6 and 2.5)."""

import time

import pytest

from .platform import Platform, error_of

PRINTING = "def main(args):\n    print('line')\n    return {'n': args.get('n')}\n"


def run(platform: Platform, action: str, **payload: object) -> str:
    """The id of a run that has ended and is recorded."""
    activation_id = str(platform.invoke(action, payload).json()["activationId"])
    platform.record(activation_id)
    return activation_id


def test_result_and_logs_are_parts_of_the_record(platform: Platform) -> None:
    activation_id = run(platform, platform.given_action("parts", PRINTING), n=1)
    record = platform.record(activation_id)

    assert platform.rest("GET", f"activations/{activation_id}/result").json() == record["response"]
    assert platform.rest("GET", f"activations/{activation_id}/logs").json() == {"logs": record["logs"]}
    assert platform.rest("GET", f"activations/{activation_id}/").json() == record


def test_an_unknown_id_is_404(platform: Platform) -> None:
    for part in ("", "/result", "/logs"):
        answer = platform.rest("GET", "activations/" + "0" * 32 + part)

        assert (answer.status_code, error_of(answer)) == (404, "The requested resource does not exist.")


@pytest.mark.parametrize(
    ("activation_id", "text"),
    [
        ("0" * 31, "Activation id length is 31 but must be 32."),
        ("0" * 33, "Activation id length is 33 but must be 32."),
        ("Z" * 32, "The activation id is not valid."),
    ],
)
def test_what_is_no_id_is_400(platform: Platform, activation_id: str, text: str) -> None:
    answer = platform.rest("GET", f"activations/{activation_id}")

    assert (answer.status_code, error_of(answer)) == (400, text)


def test_other_parts_and_verbs_have_no_route(platform: Platform) -> None:
    for method, path in (("GET", "/nothing"), ("DELETE", ""), ("POST", ""), ("PUT", "/logs")):
        assert platform.rest(method, "activations/" + "0" * 32 + path).status_code == 404


def test_a_list_element_has_neither_response_nor_logs_nor_subject(platform: Platform) -> None:
    action = platform.given_action("brief", PRINTING)
    activation_id = run(platform, action)

    (summary,) = platform.rest("GET", f"activations?name={action}").json()

    assert summary["activationId"] == activation_id
    assert set(summary) == {
        "namespace", "name", "version", "publish", "annotations", "activationId", "start", "end", "duration",
        "statusCode",
    }  # fmt: skip
    assert summary["statusCode"] == 0


def test_docs_gives_full_records(platform: Platform) -> None:
    action = platform.given_action("full", PRINTING)
    activation_id = run(platform, action, n=5)

    listed = platform.rest("GET", f"activations?name={action}&docs=true").json()

    assert listed == [platform.record(activation_id)]


def test_a_record_is_in_the_list_as_soon_as_it_can_be_read(platform: Platform) -> None:
    action = platform.given_action("soon", PRINTING)

    for number in range(1, 6):
        run(platform, action, n=number)

        assert len(platform.rest("GET", f"activations?name={action}").json()) == number


def test_lists_are_newest_first_and_paged(platform: Platform) -> None:
    action = platform.given_action("paged", PRINTING)
    ids = []
    for _ in range(4):
        ids.append(run(platform, action))
        time.sleep(0.002)

    def listed(query: str) -> list[str]:
        return [each["activationId"] for each in platform.rest("GET", f"activations?name={action}&{query}").json()]

    assert listed("limit=3") == ids[:0:-1]
    assert listed("skip=3") == ids[:1]
    assert listed("skip=4") == []
    assert platform.rest("GET", f"activations?name={action}&count=true&skip=1").json() == {"activations": 3}


def test_since_and_upto_are_inclusive_bounds_of_the_start(platform: Platform) -> None:
    action = platform.given_action("bounds", PRINTING)
    starts = []
    for _ in range(3):
        starts.append(platform.record(run(platform, action))["start"])
        time.sleep(0.005)

    def listed(query: str) -> list[int]:
        return [each["start"] for each in platform.rest("GET", f"activations?name={action}&{query}").json()]

    assert listed(f"since={starts[1]}") == starts[:0:-1]
    assert listed(f"upto={starts[1]}") == starts[1::-1]
    assert listed(f"since={starts[1]}&upto={starts[1]}") == [starts[1]]
    assert listed(f"since={starts[2] + 1}") == []
    counted = platform.rest("GET", f"activations?name={action}&since={starts[1]}&count=true").json()
    assert counted == {"activations": 2}


def test_a_simple_name_does_not_find_packaged_actions(platform: Platform) -> None:
    package, name = platform.name("package"), platform.name("same")
    platform.given(f"packages/{package}", {})
    platform.given(f"actions/{package}/{name}", {"exec": {"kind": "python:default", "code": PRINTING}})
    activation_id = run(platform, f"{package}/{name}")

    assert platform.rest("GET", f"activations?name={name}").json() == []
    found = platform.rest("GET", f"activations?name={package}/{name}").json()
    assert [each["activationId"] for each in found] == [activation_id]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("name=a/b/c", "'name' was malformed:\nParameter may be a 'simple' name or 'package-name/simple' name: a/b/c"),
        ("since=x", "'since' was malformed:\nParameter is not a valid value for epoch seconds: x"),
        ("upto=1.5", "'upto' was malformed:\nParameter is not a valid value for epoch seconds: 1.5"),
    ],
)
def test_bad_filters_are_named(platform: Platform, query: str, text: str) -> None:
    answer = platform.rest("GET", f"activations?{query}")

    assert (answer.status_code, error_of(answer)) == (400, f"The query parameter {text}")


def test_docs_and_count_exclude_each_other(platform: Platform) -> None:
    answer = platform.rest("GET", "activations?count=true&docs=true")

    assert (answer.status_code, error_of(answer)) == (400, "The parameter 'docs' is not permitted with 'count'.")


def test_an_empty_name_filters_nothing(platform: Platform) -> None:
    run(platform, platform.given_action("any", PRINTING))

    assert platform.rest("GET", "activations?name=&limit=1").json()


def test_records_outlive_their_action(platform: Platform) -> None:
    action = platform.given_action("dead", PRINTING)
    activation_id = run(platform, action)

    platform.rest("DELETE", f"actions/{action}")

    assert platform.rest("GET", f"activations/{activation_id}").status_code == 200
