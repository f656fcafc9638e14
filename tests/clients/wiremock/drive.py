"""Drives mock-server's stubs with the official Python client of WireMock, `wiremock`, as it comes.

drive.py BASE KEY

The server is this drive's own, and new: its journal and its stubs begin empty.
"""

import sys
import time

import requests
from wiremock.client import (
    AllMappings,
    BasicAuthCredentials,
    CommonHeaders,
    GlobalSetting,
    GlobalSettings,
    HttpMethods,
    Mapping,
    MappingRequest,
    MappingResponse,
    Mappings,
    NearMisses,
    NearMissMatchPatternRequest,
    NearMissMatchRequest,
    Requests,
    ResponseFaultType,
    Scenarios,
    WireMockMatchers,
)
from wiremock.constants import Config
from wiremock.exceptions import InvalidInputException, NotFoundException

BASE, KEY = sys.argv[1:]
Config.base_url = f"{BASE}/__admin"
ROOT = "/stubbed"


def check(what, holds, shown=""):
    if not holds:
        sys.exit(f"FAIL {what}: {shown}")
    print(f"ok {what}")


def refused(what, exception, call):
    try:
        answer = call()
    except exception:
        check(what, True)
    else:
        check(what, False, answer)


def stub(request, response, **members):
    return Mappings.create_mapping(Mapping(request=request, response=response, **members))


def broken(what, fault):
    """No answer comes of it: the connection ends as the fault says."""
    mapping = stub(MappingRequest(method=HttpMethods.GET, url=f"{ROOT}/{fault}"), MappingResponse(fault=fault))
    try:
        answer = requests.get(f"{BASE}{ROOT}/{fault}", timeout=10)
    except requests.exceptions.RequestException:
        check(what, True)
    else:
        check(what, False, answer.text)
    Mappings.delete_mapping(mapping.id)


def asked(method, path, **options):
    return requests.request(method, f"{BASE}{path}", timeout=10, **options)


# Mappings: made, listed, read, changed, removed.
made = stub(
    MappingRequest(
        method=HttpMethods.POST,
        url_path=f"{ROOT}/made",
        headers={CommonHeaders.ACCEPT: {WireMockMatchers.CONTAINS: "json"}},
        query_parameters={"dry": {WireMockMatchers.EQUAL_TO: "TRUE", WireMockMatchers.CASE_INSENSITIVE: True}},
        cookies={"session": {WireMockMatchers.MATCHES: "[a-z]+"}},
        body_patterns=[
            {WireMockMatchers.EQUAL_TO_JSON: {"a": [1, 2]}, WireMockMatchers.IGNORE_ARRAY_ORDER: True},
            {WireMockMatchers.MATCHES_JSON_PATH: "$.a[?(@ == 2)]"},
            {WireMockMatchers.DOES_NOT_MATCH: "x.*"},
        ],
    ),
    MappingResponse(status=201, headers={CommonHeaders.CONTENT_TYPE: "application/json"}, json_body={"id": "made"}),
    priority=2,
    persistent=False,
    metadata={"suite": "drive"},
)
check("a mapping has an id", bool(made.id), made.get_json_data())
fits = {"params": {"dry": "true"}, "headers": {"Accept": "application/json"}, "cookies": {"session": "abc"}}
answer = asked("POST", f"{ROOT}/made", json={"a": [2, 1]}, **fits)
check("a stub answers", (answer.status_code, answer.json()) == (201, {"id": "made"}), answer.text)
check("with its headers", answer.headers["content-type"] == "application/json", answer.headers)
check("and only what it wants", asked("POST", f"{ROOT}/made", json={"a": [2]}, **fits).status_code == 404)
check("a stub is read", Mappings.retrieve_mapping(made).get_json_data() == made.get_json_data())
listed = Mappings.retrieve_all_mappings()
check("stubs are listed", isinstance(listed, AllMappings) and listed.meta.total == len(listed.mappings))
check("with this one", made.id in [mapping.id for mapping in listed.mappings])
made.response = MappingResponse(status=299, body="changed")
check("a stub is changed", Mappings.update_mapping(made).response.status == 299)
check("and answers so", asked("POST", f"{ROOT}/made", json={"a": [1, 2]}, **fits).text == "changed")
NOBODY = "00000000-0000-4000-8000-000000000000"
refused("a stub that is not there", NotFoundException, lambda: Mappings.retrieve_mapping(NOBODY))
xml = MappingRequest(url=f"{ROOT}/xml", body_patterns=[{WireMockMatchers.EQUAL_TO_XML: "<a/>"}])
refused("a pattern that is not known", InvalidInputException, lambda: stub(xml, MappingResponse()))
check("mappings are saved, which does nothing", Mappings.persist_mappings().status_code == 200)

# Before a real endpoint, and then no more.
key = {"Authorization": f"Bearer {KEY}"}
real = asked("GET", "/v1/outbox", headers=key)
check("an endpoint answers", real.status_code == 200, real.text)
before = stub(
    MappingRequest(
        method=HttpMethods.GET,
        url_path="/v1/outbox",
        headers={name: {WireMockMatchers.EQUAL_TO: value} for name, value in key.items()},
    ),
    MappingResponse(status=503, body="stubbed"),
)
check("a stub stands before it", asked("GET", "/v1/outbox", headers=key).text == "stubbed")
check("a stub is removed", Mappings.delete_mapping(before).status_code == 200)
check("and the endpoint answers again", asked("GET", "/v1/outbox", headers=key).status_code == 200)

# What is matched, and how.
basic = stub(
    MappingRequest(
        method=HttpMethods.ANY,
        url_path_pattern=f"{ROOT}/basic/[0-9]+",
        basic_auth_credentials=BasicAuthCredentials(username="ada", password="secret"),
    ),
    MappingResponse(status=200, base64_body="QWRh"),
)
answer = asked("PUT", f"{ROOT}/basic/12", auth=("ada", "secret"))
check("basic credentials are matched", answer.text == "Ada", answer.text)
check("and others are not", asked("PUT", f"{ROOT}/basic/12", auth=("ada", "other")).status_code == 404)
stub(MappingRequest(url=f"{ROOT}/order?a=1"), MappingResponse(body="low"), priority=9)
stub(MappingRequest(url_pattern=f"{ROOT}/order.*"), MappingResponse(body="high"), priority=1)
check("the highest priority answers", asked("GET", f"{ROOT}/order?a=1").text == "high")

# Scenarios.
for required, following in [("Started", "Paid"), ("Paid", "Sent")]:
    stub(
        MappingRequest(url=f"{ROOT}/state"),
        MappingResponse(body=required),
        scenario_name="order",
        required_scenario_state=required,
        new_scenario_state=following,
    )
steps = [asked("GET", f"{ROOT}/state") for _ in range(3)]
check("a scenario goes on", [step.text for step in steps[:2]] == ["Started", "Paid"], [step.text for step in steps])
check("and ends", steps[2].status_code == 404)
check("scenarios are reset", Scenarios.reset_all_scenarios().status_code == 200)
check("and begin anew", asked("GET", f"{ROOT}/state").text == "Started")

# Delays and faults.
stub(MappingRequest(url=f"{ROOT}/late"), MappingResponse(fixed_delay_milliseconds=300))
begun = time.monotonic()
asked("GET", f"{ROOT}/late")
check("an answer comes late", time.monotonic() - begun >= 0.3)
GlobalSettings.update_global_settings(GlobalSetting(fixed_delay=300))
begun = time.monotonic()
asked("GET", f"{ROOT}/order?a=1")
check("every stub's answer comes late", time.monotonic() - begun >= 0.3)
GlobalSettings.update_global_settings(GlobalSetting(fixed_delay=0))
broken("an empty response", ResponseFaultType.EMPTY_RESPONSE)
broken("a malformed chunk", ResponseFaultType.MALFORMED_RESPONSE_CHUNK)
broken("random data", ResponseFaultType.RANDOM_DATA_THEN_CLOSE)
broken("a reset connection", "CONNECTION_RESET_BY_PEER")

# The journal.
here = NearMissMatchPatternRequest(method=HttpMethods.PUT, url_path_pattern=f"{ROOT}/basic/.*")
check("requests are counted", Requests.get_matching_request_count(here).count == 2)
found = Requests.get_matching_requests(here).requests
check("requests are found", [request.method for request in found] == ["PUT", "PUT"])
check("without their secrets", found[0].headers["authorization"] == "Basic [redacted]", found[0].headers)
every = Requests.get_all_received_requests()
ours = [one for one in every.requests if one.request.url == f"{ROOT}/basic/12"]
check("requests are listed", len(ours) == 2 and not every.request_journal_disabled)
check("one is read", Requests.get_request(ours[0].id).request.method == "PUT")
unmatched = Requests.get_unmatched_requests().requests
check("what nothing was there for", f"{ROOT}/basic/12" in [request.url for request in unmatched])

# Near misses.
missed = Requests.get_unmatched_requests_near_misses().near_misses
check("near misses of what was not matched", any(miss.request.url == f"{ROOT}/basic/12" for miss in missed))
check("with their distance", all(0 <= miss.match_result.distance <= 1 for miss in missed))
nearest = NearMisses.find_nearest_misses_by_request(NearMissMatchRequest(method="PUT", url=f"{ROOT}/basic/x"))
check("near misses of a request", 0 < nearest.near_misses[0].match_result.distance < 1, nearest.get_json_data())
nearest = NearMisses.find_nearest_misses_by_request_pattern(
    NearMissMatchPatternRequest(method="PUT", url=f"{ROOT}/basic/13")
)
check("near misses of a pattern", nearest.near_misses[0].request.url == f"{ROOT}/basic/12", nearest.get_json_data())

# The end of it.
by_suite = {WireMockMatchers.MATCHES_JSON_PATH: {"expression": "$.suite", "equalTo": "drive"}}
check("stubs are removed by their metadata", Mappings.delete_mapping_by_metadata(by_suite).status_code == 200)
refused("and are gone", NotFoundException, lambda: Mappings.retrieve_mapping(made))
check("stubs are reset", Mappings.reset_mappings().status_code == 200)
check("all stubs are removed", Mappings.delete_all_mappings().status_code == 200)
check("and none is left", Mappings.retrieve_all_mappings().meta.total == 0)
check("the journal is reset", Requests.reset_request_journal().status_code == 200)
