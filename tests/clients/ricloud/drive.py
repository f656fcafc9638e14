"""Drives Tessera with the vendor's own client, ricloud, as it comes: the library, and its command line.

drive.py BASE TOKEN UNIQ

The client takes token and address from its environment. Its home, where it keeps a configuration, is a temporary one.
What webhooks are sent is received here, and its signature is verified by the client's own code.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BASE, TOKEN, UNIQ = sys.argv[1:]
HOME = tempfile.TemporaryDirectory()
for name in [name for name in os.environ if name.startswith("RICLOUD")]:
    del os.environ[name]
os.environ.update(HOME=HOME.name, RICLOUD_TOKEN=TOKEN, RICLOUD_URL=BASE, RICLOUD_AWAIT_FOR="5")
os.chdir(HOME.name)

import ricloud  # noqa: E402
from ricloud.exceptions import RequestError  # noqa: E402
from ricloud.signing import Signature  # noqa: E402

STRICT = tuple(int(part) for part in ricloud.__version__.split(".")) >= (3, 2, 0)
GOOGLE = {"type": "service_account", "project_id": "acme", "private_key": "none", "client_email": "bot@acme.test"}
AMAZON = "User name,Access key ID,Secret access key\nbot,AKIAIOSFODNN7EXAMPLE,none\n"


def check(what, holds, shown=""):
    if not holds:
        sys.exit(f"FAIL {what}: {shown}")
    print(f"ok {what}")


def refused(what, status, error, call, param=None):
    """The client makes of this answer the exception that its users see."""
    try:
        answer = call()
    except RequestError as refusal:
        check(what, (refusal.status, refusal.error) == (status, error) and (not param or param in refusal.params), refusal)
    else:
        check(what, False, answer)


def told(resource):
    """What was answered: 3.2.0 keeps the answers to a test and to the current key one level too deep."""
    return resource.attrs.get("attrs", resource.attrs)


def command(*arguments, **environment):
    """The client's command line."""
    run = [sys.executable, "-m", "ricloud", *arguments]
    done = subprocess.run(run, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60)
    check(f"ricloud {' '.join(arguments[:2])}", done.returncode == 0, done.stdout + done.stderr)
    return done.stdout


def eventually(what, holds):
    for _ in range(100):
        if holds():
            break
        time.sleep(0.1)
    check(what, holds())


class Receiver(BaseHTTPRequestHandler):
    """A webhook."""

    received = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.path, self.headers, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


def organisation():
    own = ricloud.Organisation.retrieve()
    check("the organisation is retrieved", own.state == "unconfigured" and own.config == {})
    expected = "permissions" if STRICT else "organisation_permissions"
    check("its permissions are what the client can read", own.permissions["resource"] == expected)
    slug = own.slug
    own.update(name=f"Renamed {UNIQ}")
    check("it is renamed, and its slug stays", (own.name, own.slug) == (f"Renamed {UNIQ}", slug))
    refused("a default that is not there is refused", 400, "invalid-parameter",
            lambda: own.update(storage_config_default=999999999), "storage_config_default")
    own.refresh()
    check("and nothing changed", own.storage_config_default is None)
    if STRICT:
        check("permissions are listed", [one.identifier for one in ricloud.Permissions.list()] == ["default"])
    return own


def storage(own):
    refused("without a storage config no data is retrieved", 403, "unconfigured",
            lambda: ricloud.Session.create(source={"type": "icloud.account"}, payload={}))
    config = ricloud.StorageConfig.create(url=f"gs://acme-{UNIQ}/results", credentials=GOOGLE)
    check("a storage config is created", (config.state, config.credentials, config.type) == ("new", {}, "gs"))
    config.refresh()
    check("it is tested", config.state == "valid")
    task = config.test()
    check("it is tested again", told(task)["type"] == "storage_config.test")
    own.update(storage_config_default=config)
    check("it is made the default", own.storage_config_default == config.id and own.state == "active")
    refused("a source that no scope covers is refused", 403, "missing-scope",
            lambda: ricloud.Session.create(source={"type": "android"}, payload={}))
    refused("there is no source here", 404, "not-found",
            lambda: ricloud.Session.create(source={"type": "icloud.account"}, payload={}))
    config.update(url=f"gs://acme-{UNIQ}/other")
    check("it is changed", config.url.endswith("/other"))
    config.delete()
    check("it is deleted", config.state == "deactivated")
    own.refresh()
    check("and is no default any more", own.storage_config_default is None and own.state == "unconfigured")
    with open("keys.csv", "w") as file:
        file.write(AMAZON)
    said = command("storage-config", "create", "--url", f"s3://acme-{UNIQ}", "--credentials-path", "keys.csv")
    check("the command line tells of it", f"s3://acme-{UNIQ}" in said, said)
    latest = ricloud.StorageConfig.list(limit=1)[0]
    check("the newest comes first", (latest.url, latest.state) == (f"s3://acme-{UNIQ}", "valid"))
    said = command("storage-config", "test", str(latest.id))
    check("the command line tells of the task", "storage_config.test" in said, said)


def webhooks():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/webhooks"
    said = command("webhook-config", "create", "--url", url)
    check("the command line tells of the webhook", url in said, said)
    config = ricloud.WebhookConfig.list()[0]
    eventually("its test arrives", lambda: len(Receiver.received) == 1)
    path, headers, body = Receiver.received[0]
    event = json.loads(body)
    check("at the event's own path", path == f"/webhooks/{event['id']}", path)
    check("as JSON", headers["Content-Type"] == "application/json")
    Signature.from_header(headers["Ricloud-Signature"]).verify(body, config.secret, delta=600)
    check("and the client's own code verifies it", True)
    try:
        Signature.from_header(headers["Ricloud-Signature"]).verify(body, "another secret", delta=600)
    except Signature.InvalidSignature:
        check("with that secret alone", True)
    else:
        check("with that secret alone", False)
    check("it is a test", (event["type"], event["action"]) == ("webhook_config", "test"))

    def is_delivered():
        found = ricloud.Event.retrieve(event["id"])
        return found.state == "delivered" and found.retries == 0

    eventually("the event is delivered", is_delivered)
    config.refresh()
    check("the config is valid", config.state == "valid")
    said = command("webhook-config", "test", str(config.id))
    check("who awaits a test is told how it ended", "succeeded" in said, said)
    key = told(ricloud.Key.current())
    check("the current key is told whole", key["token"] == TOKEN)
    changed = ricloud.Key.update_with_id(key["id"], webhook_config=config)
    check("the key is told by it", changed.webhook_config == config.id)
    config.delete()
    check("it is deleted", ricloud.Key.retrieve(key["id"]).webhook_config is None)
    refused("once", 404, "not-found", config.refresh)
    refused("a webhook without TLS is refused", 400, "invalid-parameter",
            lambda: ricloud.WebhookConfig.create(url="http://hooks.acme.test/"), "url")


def keys_and_users():
    key = ricloud.Key.create()
    check("a key is created", key.token != TOKEN and key.state == "active")
    user = ricloud.User.create(identifier=f"user-{UNIQ}@acme.test")
    again = ricloud.User.create(identifier=f"USER-{UNIQ}@acme.test")
    check("a user is created once", user.id == again.id)
    user.update(state="deactivated", key=key)
    check("a user is changed", (user.state, user.key) == ("deactivated", key.id))
    found = ricloud.User.list(identifier=f"user-{UNIQ}@acme.test")
    check("a user is found", len(found) == 1 and found[0].id == user.id)
    token = key.token
    key.update(state="deactivated")
    check("a key is turned off", key.state == "deactivated" and key.token.startswith("****"))
    ricloud.token = token
    refused("and opens nothing", 401, "unauthorized", ricloud.Organisation.retrieve)
    ricloud.token = TOKEN
    tasks = ricloud.Task.list(limit=2)
    check("tasks are listed", len(tasks) == 2 and tasks.has_more)


def refusals():
    ricloud.token = "not-a-token"
    refused("without a good token there is nothing", 401, "unauthorized", ricloud.Organisation.retrieve)
    ricloud.token = TOKEN
    refused("nobody else's objects are here", 404, "not-found", lambda: ricloud.User.retrieve(999999999))
    refused("a bad limit is refused", 400, "invalid-parameter", lambda: ricloud.User.list(limit=0), "limit")


def main():
    own = organisation()
    storage(own)
    webhooks()
    keys_and_users()
    refusals()


main()
