"""Drives Tessera with the vendor's own client, anaconda-auth, as it comes.

drive.py BASE ORG_ID ADMIN_EMAIL ADMIN_PASSWORD UNIQ

The client takes the address of the vendor's discovery document from its configuration, and nothing of it is changed: a
document served here names Tessera's token endpoint. The client's home, where it keeps tokens, is a temporary one.
"""

import asyncio
import contextlib
import io
import json
import os
import sys
import tempfile
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

BASE, ORG, ADMIN_EMAIL, ADMIN_PASSWORD, UNIQ = sys.argv[1:]
HOME = tempfile.TemporaryDirectory()
for name in [name for name in os.environ if name.startswith("ANACONDA")]:
    del os.environ[name]
# the client reads a token's end as a local time, and so only in UTC as what it is
os.environ.update(HOME=HOME.name, TZ="UTC")
os.chdir(HOME.name)
# without a terminal the client reads the password from standard input
os.setsid()
warnings.simplefilter("ignore")

import requests  # noqa: E402
from anaconda_auth.actions import _login_with_username  # noqa: E402
from anaconda_auth.async_client import AsyncBaseClient  # noqa: E402
from anaconda_auth.client import BaseClient  # noqa: E402
from anaconda_auth.config import AnacondaAuthConfig  # noqa: E402
from anaconda_auth.repo import RepoAPIClient  # noqa: E402
from anaconda_auth.token import TokenInfo  # noqa: E402

TOKEN_ENDPOINT = f"{BASE}/api/auth/oauth2/token"
API = f"/api/organizations/{ORG}"


class Discovery(BaseHTTPRequestHandler):
    """The vendor's discovery document, as far as the client reads it."""

    def do_GET(self):
        body = json.dumps({"authorization_endpoint": f"{BASE}/none", "token_endpoint": TOKEN_ENDPOINT}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def check(what, holds, response=None):
    if not holds:
        shown = f": {response.status_code} {response.reason} {response.text}" if response is not None else ""
        sys.exit(f"FAIL {what}{shown}")
    print(f"ok {what}")


def answers(what, response, status, body=None):
    """The answer has this status, and this body: JSON, or none at all."""
    check(what, response.status_code == status and (response.text == "" if body is None else body(response.json())), response)
    return response.json() if body else None


def raises(what, response, status, reason):
    """The client makes of this answer the exception that its users see."""
    try:
        response.raise_for_status()
    except requests.HTTPError as error:
        check(what, response.status_code == status and reason in str(error), response)
    else:
        check(what, False, response)


def login(config, email, password):
    """The client's own login with a password, its questions answered."""
    sys.stdin = io.StringIO(f"{email}\n{password}\n")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return _login_with_username(config=config)


def log_in():
    server = HTTPServer(("127.0.0.1", 0), Discovery)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    document = f"http://127.0.0.1:{server.server_port}/.well-known/openid-configuration"
    config = AnacondaAuthConfig(openid_config_path=document)
    try:
        login(config, ADMIN_EMAIL, "not-it")
    except requests.HTTPError as error:
        grant = error.response.json()["error"] == "invalid_grant"
        check("a wrong password is refused", error.response.status_code == 400 and grant, error.response)
    else:
        check("a wrong password is refused", False)
    token = login(config, ADMIN_EMAIL, ADMIN_PASSWORD)
    check("the admin logs in with a password", token.count(".") == 2)
    return token


def client_credentials(client_id, client_secret, **more):
    client = BaseClient(base_uri=BASE)
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    return client.post("/api/auth/oauth2/token", data=form, auth=False, **more)


def service_account(admin):
    created = answers("a service account is created", admin.post(f"{API}/service-accounts", json={"name": "ci_bot-1"}), 200,
                      lambda body: set(body) == {"name", "client_id", "org_id", "client_secret"})
    answers("it is listed without its secret", admin.get(f"{API}/service-accounts"), 200,
            lambda body: body["client_id"] == created["client_id"] and "client_secret" not in json.dumps(body))
    refused = client_credentials(created["client_id"], "not-it")
    answers("a wrong client secret is an OAuth error", refused, 400, lambda body: body["error"] == "invalid_client")
    token = answers("it gets a token", client_credentials(created["client_id"], created["client_secret"]), 200,
                    lambda body: body["token_type"] == "Bearer" and body["expires_in"] == 900)
    return created["client_id"], token["access_token"]


def users(client):
    email = f"annie-{UNIQ}@acme.test"
    onboarded = {"user_emails": [f"ada-{UNIQ}@acme.test", f"boas-{UNIQ}@acme.test"]}
    answers("people are onboarded", client.post(f"{API}/users_auto_registration", json=onboarded), 200,
            lambda body: body["users_in_onboarding_process"] == onboarded["user_emails"])
    user = answers("a user is added", client.post(f"{API}/users", json={"email": email, "first_name": "Annie"}), 200,
                   lambda body: body["email"] == email and body["last_name"] is None)["id"]
    answers("the user is there once", client.post(f"{API}/users", json={"email": email}), 409,
            lambda body: body["error"]["code"] == "user_already_exists")
    answers("a malformed address is refused", client.post(f"{API}/users", json={"email": "annie"}), 422,
            lambda body: body["detail"][0]["loc"] == ["body", "email"])
    # what the client's own calls send without a body is a length of nought and no type
    answers("a seat is given", client.post(f"{API}/users/{user}/seats"), 201)
    answers("once", client.post(f"{API}/users/{user}/seats"), 409,
            lambda body: body["error"]["code"] == "seat_already_assigned")
    listed = answers("users are listed", client.get(f"{API}/users", params={"include_groups": True}), 200,
                     lambda body: len(body["items"]) == 4)["items"]
    seated = [one["id"] for one in listed if any("starter" not in code for code in one["subscriptions"])]
    check("the client's filter finds the subscriptions", user in seated and len(seated) == 3)
    answers("a token is issued", client.post(f"{API}/users/{user}/token", json={"expires_at": "2031-01-01T00:00:00+00:00"}),
            200, lambda body: set(body) == {"token", "expires_at"} and body["expires_at"] is None)
    answers("a token is synchronized without a body", client.patch(f"{API}/users/{user}/token"), 200)
    answers("and with an empty object", client.patch(f"{API}/users/{user}/token", json={}), 200)
    answers("tokens are listed", client.get(f"{API}/users/{user}/tokens"), 200,
            lambda body: [one["revoked"] for one in body["items"]] == [False])
    answers("a user with a token stays", client.delete(f"{API}/users/{user}"), 409,
            lambda body: body["error"]["code"] == "user_token_active")
    answers("the token is revoked", client.delete(f"{API}/users/{user}/token"), 204)
    answers("the seat is taken", client.delete(f"{API}/users/{user}/seats"), 204)
    answers("the user is removed", client.delete(f"{API}/users/{user}"), 204)
    answers("and is gone", client.delete(f"{API}/users/{user}"), 404,
            lambda body: body["error"]["code"] == "user_not_found")


def refusals(admin, client):
    nobody = BaseClient(base_uri=BASE).get(f"{API}/users")
    raises("without a token the client says to log in", nobody, 401, "You must login before using this API endpoint")
    wrong = BaseClient(base_uri=BASE, api_key="not-a-token").get(f"{API}/users")
    raises("with a wrong one it says so", wrong, 401, "Your API key or login token is invalid.")
    for who, response in (("admin", admin.get(f"{API}/users")), ("service account", client.get(f"{API}/service-accounts"))):
        raises(f"the {who} may not do everything", response, 403, "Forbidden")
        answers(f"the {who} is told why", response, 403, lambda body: body["error"]["code"] == "forbidden")
    repository = RepoAPIClient(base_uri=BASE, api_key=client.config.api_key)
    check("what is not served is not there", repository._get_repo_token_info("acme") is None)


async def from_coroutines(token):
    async with AsyncBaseClient(base_uri=BASE, api_key=token) as client:
        response = await client.get(f"{API}/users")
        check("the asynchronous client is served as well", response.status_code == 200)


def main():
    admin = BaseClient(base_uri=BASE, api_key=log_in())
    client_id, token = service_account(admin)
    client = BaseClient(base_uri=BASE, api_key=token, api_version="2023.01.01")
    users(client)
    refusals(admin, client)
    asyncio.run(from_coroutines(token))
    TokenInfo(api_key=token).save()
    answers("a token in the client's keyring is used", BaseClient(base_uri=BASE).get(f"{API}/users"), 200,
            lambda body: len(body["items"]) == 3)
    answers("the service account is deleted", admin.delete(f"{API}/service-accounts/{client_id}"), 204)
    raises("and its token with it", client.get(f"{API}/users"), 401, "Your API key or login token is invalid.")


main()
