"""Conversations over the whole stack: server, gateway, SDKs, simulated vendors, database."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from conversations.models import Turn
from conversations.static_texts import TEXTS
from llm.models import Call
from llm.simulator import Simulator
from tests.conftest import Live, Person
from tests.conversations.conftest import URL, Customer

pytestmark = pytest.mark.django_db(transaction=True)

LEAK = "J'ai une fuite d'eau dans la cuisine à Bonapriso"


def everyone_down(sim: Simulator, providers: list[str]) -> None:
    for name in providers:
        sim.fault(name, "credit")


def sent_to(sim: Simulator, provider: str) -> str:
    """Everything of the last request that the vendor got, as text."""
    return json.dumps(sim.requests(provider)[-1].body, ensure_ascii=False)


def test_an_empty_conversation_waits_for_its_first_message(alice: Customer, sim: Simulator) -> None:
    opened = alice.begin()
    assert (opened["title"], alice.turns(opened)) == ("", [])
    assert sim.calls("claude") == 0


def test_a_first_message_is_answered_in_the_same_response(alice: Customer) -> None:
    opened = alice.begin(message=LEAK)
    assert opened["title"] == LEAK
    assert opened["language"] == "fr"
    assert opened["message"]["role"] == "assistant"
    assert opened["message"]["content"]
    assert (opened["provider"], opened["degraded"]) == ("claude", False)


def test_claude_answers_and_both_turns_are_kept(alice: Customer) -> None:
    opened = alice.begin()
    said = alice.say(opened, LEAK)
    assert (said["provider"], said["degraded"]) == ("claude", False)
    question, answer = alice.turns(opened)
    assert (question["seq"], question["role"], question["content"]) == (1, "user", LEAK)
    assert (answer["seq"], answer["role"], answer["content"]) == (2, "assistant", said["message"]["content"])
    assert (answer["provider"], answer["model"], answer["degraded"]) == ("claude", said["model"], False)
    assert answer["request_id"] == said["request_id"]


def test_gemini_takes_over_from_a_claude_without_credit_and_the_turn_says_so(alice: Customer, sim: Simulator) -> None:
    sim.fault("claude", "credit")
    opened = alice.begin(message=LEAK)
    assert (opened["provider"], opened["degraded"]) == ("gemini", False)
    assert [turn["provider"] for turn in alice.turns(opened)] == ["", "gemini"]


@pytest.mark.parametrize(
    ("message", "language"), [(LEAK, "fr"), ("My kitchen tap is leaking since yesterday, please help", "en")]
)
def test_the_static_answer_comes_in_the_language_of_the_message_and_is_kept(
    alice: Customer, sim: Simulator, providers: list[str], message: str, language: str
) -> None:
    everyone_down(sim, providers)
    opened = alice.begin(message=message)
    assert opened["message"]["content"] == TEXTS[language]
    assert (opened["provider"], opened["degraded"], opened["language"]) == ("static", True, language)
    answer = alice.turns(opened)[1]
    assert (answer["provider"], answer["degraded"], answer["complete"]) == ("static", True, True)


def test_a_word_or_two_keep_the_language_of_the_conversation(alice: Customer) -> None:
    opened = alice.begin(message="My kitchen tap is leaking since yesterday, please help")
    alice.say(opened, "Bonapriso")
    assert alice.http.get(f"{URL}/{opened['id']}").json()["language"] == "en"


def test_a_vendor_hears_what_was_said_before_but_no_static_text(
    alice: Customer, sim: Simulator, providers: list[str]
) -> None:
    opened = alice.begin(message=LEAK)
    everyone_down(sim, providers)
    assert alice.say(opened, "C'est à l'entrée Logpom, demain matin")["degraded"]
    sim.heal()
    for name in providers:
        alice_resets(name)
    alice.say(opened, "Le budget est de 15 000 FCFA environ")
    sent = sent_to(sim, "claude")
    for part in (LEAK, opened["message"]["content"][:30], "Logpom", "15 000 FCFA"):
        assert part in sent
    assert "Je ne peux pas vous répondre" not in sent


def alice_resets(name: str) -> None:
    """What an operator does once the vendors are paid."""
    from llm.services.probes import run as probes

    probes.reset([name], by="ada")


def test_the_call_is_recorded_as_the_consumers(alice: Customer, consumer: Person) -> None:
    opened = alice.begin(message=LEAK)
    call = Call.objects.get(request_id=opened["request_id"])
    assert (call.route, call.origin, call.user_id) == ("conversation", "conversations", consumer.user.pk)


def test_a_message_that_the_vendors_reject_does_not_poison_the_conversation(
    alice: Customer, sim: Simulator, providers: list[str]
) -> None:
    opened = alice.begin(message=LEAK)
    for name in providers:
        sim.fault(name, "invalid_request", times=4)
    answer = alice.http.post(f"{URL}/{opened['id']}/messages", json={"message": "Le mot qui fâche"})
    assert answer.status_code == 422
    sim.heal()
    assert alice.say(opened, "Quand pouvez-vous venir chez moi ?")["provider"]
    asked = [turn for turn in alice.turns(opened) if turn["role"] == "user"]
    assert [turn["complete"] for turn in asked] == [True, False, True]


def test_two_messages_at_once_get_numbers_of_their_own(alice: Customer, sim: Simulator) -> None:
    opened = alice.begin()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: alice.say(opened, f"Message numéro {n} pour vous"), range(4)))
    assert all(answer["provider"] == "claude" for answer in answers)
    assert [turn["seq"] for turn in alice.turns(opened)] == list(range(1, 9))


def test_customers_who_wait_for_a_slow_vendor_hold_no_connection(alice: Customer, sim: Simulator) -> None:
    sim.reply("claude", text="Bien noté.", latency=1.0)
    with ThreadPoolExecutor(24) as pool:  # more than the ten connections of a PostgreSQL pool
        opened = list(pool.map(lambda n: alice.begin(message=f"Fuite numéro {n} chez moi"), range(24)))
    assert {(each["provider"], each["message"]["content"]) for each in opened} == {("claude", "Bien noté.")}


@pytest.mark.parametrize("name", ["message", "content"])
@pytest.mark.parametrize("form", ["json", "data", "multipart"])
def test_clients_may_send(alice: Customer, name: str, form: str) -> None:
    url = f"{URL}/{alice.begin()['id']}/messages"
    if form == "multipart":
        answer = alice.http.post(url, files={name: (None, LEAK)})
    else:
        answer = alice.http.post(url, **{form: {name: LEAK}})
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"]["content"]


def test_both_names_with_one_text_are_one_message(alice: Customer) -> None:
    url = f"{URL}/{alice.begin()['id']}/messages"
    assert alice.http.post(url, json={"message": LEAK, "content": LEAK, "role": "user"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "message"),
        ({"text": LEAK}, "message"),
        ({"message": LEAK, "content": "Autre chose"}, "content"),
        ({"message": ""}, "message"),
        ({"message": "  \n "}, "message"),
        ({"content": ""}, "content"),
        ({"message": None}, "message"),
        ({"message": 42}, "message"),
        ({"message": True}, "message"),
        ({"message": {"text": LEAK}}, "message"),
        ({"content": [LEAK]}, "content"),
        ({"message": "x" * 16_001}, "message"),
        ({"message": "null\x00byte"}, "message"),
        ({"message": LEAK, "stream": "perhaps"}, "stream"),
        ({"message": LEAK, "stream": [True]}, "stream"),
        ({"message": LEAK, "stream": None}, "stream"),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_a_bad_message_is_refused_by_the_name_of_its_field(
    alice: Customer, sim: Simulator, body: dict[str, Any], field: str
) -> None:
    opened = alice.begin()
    answer = alice.http.post(f"{URL}/{opened['id']}/messages", json=body)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["details"]
    assert field in answer.json()["error"]["message"]
    assert alice.turns(opened) == []
    assert sim.calls("claude") == 0


@pytest.mark.parametrize("body", ["", "{", "[]", '"text"', "null", '{"message": "\\ud800"}'])
def test_what_is_no_json_object_is_refused(alice: Customer, body: str) -> None:
    url = f"{URL}/{alice.begin()['id']}/messages"
    answer = alice.http.post(url, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["request_id"]


def test_a_bad_first_message_makes_no_conversation(alice: Customer) -> None:
    assert alice.http.post(URL, json={"message": 42}).status_code == 400
    assert alice.http.get(URL).json()["conversations"] == []


def test_another_persons_conversation_does_not_exist(alice: Customer, bob: Customer) -> None:
    opened = alice.begin(message=LEAK)
    one = f"{URL}/{opened['id']}"
    for answer in (
        bob.http.get(one),
        bob.http.delete(one),
        bob.http.post(f"{one}/messages", json={"message": "Bonjour"}),
        bob.http.get(f"{URL}/01890000-0000-7000-8000-000000000000"),
        bob.http.get(f"{URL}/not-an-id"),
    ):
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"
    assert bob.http.get(URL).json()["conversations"] == []
    assert len(alice.turns(opened)) == 2


def test_a_deleted_conversation_is_gone_with_its_turns(alice: Customer) -> None:
    opened = alice.begin(message=LEAK)
    answer = alice.http.delete(f"{URL}/{opened['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert alice.http.get(f"{URL}/{opened['id']}").status_code == 404
    assert alice.http.delete(f"{URL}/{opened['id']}").status_code == 404
    assert not Turn.objects.exists()


def test_the_list_is_read_page_by_page_newest_first(alice: Customer) -> None:
    made = [alice.begin()["id"] for _ in range(5)]
    seen: list[str] = []
    address: str | None = f"{URL}?limit=2"
    while address:
        page = alice.http.get(address).json()
        assert len(page["conversations"]) <= 2
        seen += [each["id"] for each in page["conversations"]]
        address = page["next"]
    assert seen == made[::-1]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "limit=", "cursor=x", "cursor=", "cursor=" + "f" * 15 + "-" + "0" * 32]
)
def test_a_bad_page_is_refused(alice: Customer, query: str) -> None:
    answer = alice.http.get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json()["error"]["details"]


def test_only_for_those_who_say_who_they_are(live: Live, providers: list[str]) -> None:
    for method, path in [
        ("GET", URL),
        ("POST", URL),
        ("GET", f"{URL}/01890000-0000-7000-8000-000000000000"),
        ("DELETE", f"{URL}/01890000-0000-7000-8000-000000000000"),
        ("POST", f"{URL}/01890000-0000-7000-8000-000000000000/messages"),
    ]:
        answer = httpx2.request(method, live.url + path, trust_env=False)
        assert answer.status_code == 401, (method, path)


def test_other_methods_are_not_allowed(alice: Customer) -> None:
    one = f"{URL}/{alice.begin()['id']}"
    assert alice.http.put(one, json={}).status_code == 405
    assert alice.http.get(f"{one}/messages").status_code == 405
    assert alice.http.delete(URL).status_code == 405
    assert alice.http.get(f"{one}/").status_code == 200


@pytest.mark.parametrize("said", ["Bonjour \ud83d fin", "Bonjour \x00 fin"], ids=["half a character", "NUL"])
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_no_database_takes_is_made_whole_and_kept(
    alice: Customer, sim: Simulator, said: str, stream: bool
) -> None:
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": [{"type": "text", "text": said}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 3, "output_tokens": 3},
    }
    events = [
        ("message_start", {"type": "message_start", "message": {**body, "content": []}}),
        (
            "content_block_start",
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        ),
        (
            "content_block_delta",
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": said}},
        ),
        ("content_block_stop", {"type": "content_block_stop", "index": 0}),
        (
            "message_delta",
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
        ),
        ("message_stop", {"type": "message_stop"}),
    ]
    lines = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
    opened = alice.begin()
    # A conversation is read from its vendor as a stream, whatever its customer asked for.
    headers = {"Content-Type": "text/event-stream"}
    sim.fault("claude", "body", status=200, headers=headers, body=lines, applies_to="stream")
    whole = "Bonjour \ufffd fin"
    if stream:
        heard = alice.listen(f"{URL}/{opened['id']}/messages", "Bonjour")
        assert heard[-1].data["message"]["content"] == whole
    else:
        assert alice.say(opened, "Bonjour")["message"]["content"] == whole
    assert alice.turns(opened)[-1]["content"] == whole
