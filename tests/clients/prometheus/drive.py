"""Reads mock-server's metrics with the parser of Prometheus' official Python client, as it comes.

usage: drive.py BASE KEY
"""

import sys
import urllib.error
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families

base, key = sys.argv[1:]


def get(path, **headers):
    request = urllib.request.Request(base + path, headers=headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


for _ in range(3):
    get("/v1/caller", Authorization="Bearer " + key)
get("/v1/caller")

families = {family.name: family for family in text_string_to_metric_families(get("/__admin/metrics"))}


def value(family, sample, **labels):
    samples = [one for one in families[family].samples if one.name == sample]
    [found] = [one.value for one in samples if labels.items() <= one.labels.items()]
    return found


caller = {"dialect": "native", "operation": "get_caller"}
assert families["tessera_requests"].type == "counter"
assert value("tessera_requests", "tessera_requests_total", status="2xx", **caller) == 3
assert value("tessera_requests", "tessera_requests_total", status="4xx", **caller) == 1
assert families["tessera_request_duration_seconds"].type == "histogram"
assert families["tessera_request_duration_seconds"].unit == "seconds"
assert value("tessera_request_duration_seconds", "tessera_request_duration_seconds_count", **caller) == 4
assert value("tessera_request_duration_seconds", "tessera_request_duration_seconds_bucket", le="+Inf", **caller) == 4
assert value("tessera_store_batches", "tessera_store_batches_total", **caller) >= 3
assert value("tessera_mails", "tessera_mails", state="pending") == 1
assert value("process_resident_memory_bytes", "process_resident_memory_bytes") > 1_000_000
print(len(families))
