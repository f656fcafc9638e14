"""Drives Tessera with the vendor's own client, actoolkit, as it comes: as a library, and by its command line.

drive.py BASE ORG_ID API_KEY UNIQ

The library takes a configuration that names the address. The command line reads a file, and always speaks TLS: where BASE
does not, a certificate is made here that nobody trusts, and what comes in by it is passed on to BASE. Where BASE does,
REQUESTS_CA_BUNDLE is the authority to trust.
"""

import base64
import contextlib
import datetime
import http.client
import io
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import astraSDK
from astraSDK.common import getConfig

BASE, ORG, API_KEY, UNIQ = sys.argv[1:]
SECURE = BASE.startswith("https:")
HOME = tempfile.TemporaryDirectory()
LDAP_EMAIL = f"ldap-{UNIQ}@example.com"


def check(what, holds, shown=""):
    if not holds:
        sys.exit(f"FAIL {what}: {shown}")
    print(f"ok {what}")


class Relay(BaseHTTPRequestHandler):
    """Passes a request on to BASE, and its answer back."""

    protocol_version = "HTTP/1.1"

    def relay(self):
        target = urllib.parse.urlsplit(BASE)
        upstream = http.client.HTTPConnection(target.hostname, target.port)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection",)}
        upstream.request(self.command, self.path, body, {**headers, "X-Forwarded-Proto": "https"})
        answer = upstream.getresponse()
        content = answer.read()
        self.send_response(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        upstream.close()

    do_GET = do_POST = do_PUT = do_DELETE = relay

    def log_message(self, *args):
        pass


def certificate():
    """A certificate for 127.0.0.1 that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    )
    path = os.path.join(HOME.name, "certificate.pem")
    with open(path, "wb") as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                     serialization.NoEncryption()))
        file.write(made.public_bytes(serialization.Encoding.PEM))
    return path


def serve_tls():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate())
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def config(token=API_KEY):
    """The configuration that the client makes of its file, over plain HTTP."""
    session = requests.Session()
    session.headers.update({"Authorization": f"Bearer {token}"})
    return {"base": f"{BASE}/accounts/{ORG}/", "session": session, "domain": "127.0.0.1", "account_id": ORG}


def quietly(call, *args, **kwargs):
    """What the client answers, and what it says."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        return call(*args, **kwargs), said.getvalue()


def b64(text):
    return base64.b64encode(text.encode()).decode()


def library():
    own = config()
    clouds = astraSDK.clouds.getClouds(config=own).main()
    check("clouds are listed", [cloud["name"] for cloud in clouds["items"]] == ["private"], clouds)
    clusters = astraSDK.clusters.getClusters(config=own).main()
    check("clusters are found through them", len(clusters["items"]) == 1, clusters)
    namespaces = astraSDK.namespaces.getNamespaces(config=own).main()
    names = sorted(item["name"] for item in namespaces["items"])
    check("namespaces are listed, without the system's", names == ["default", "mysql", "wordpress"], names)
    check("there are no apps", astraSDK.apps.getApps(config=own).main()["items"] == [])

    email = f"john-{UNIQ}@example.com"
    user = astraSDK.users.createUser(config=own).main(email, firstName="John", lastName="West", companyName="NetApp",
                                                      phone="9999999999")
    check("a user is made", user and user["email"] == email and user["authProvider"] == "local", user)
    again, said = quietly(astraSDK.users.createUser(quiet=False, config=own).main, email)
    check("but not twice", again is False and "JSON resource conflict" in said, said)
    listed = astraSDK.users.getUsers(config=own).main(nameFilter="west")
    check("the user is listed by name", [item["fullName"] for item in listed["items"]] == ["John West"], listed)

    binding = astraSDK.rolebindings.createRolebinding(config=own).main(
        "member", userID=user["id"], roleConstraints=[f"namespaces:id='{namespaces['items'][0]['id']}'.*"])
    check("the user is bound", binding and binding["role"] == "member", binding)
    found = astraSDK.rolebindings.getRolebindings(config=own).main(idFilter=user["id"])
    check("the binding is found by its user", [item["id"] for item in found["items"]] == [binding["id"]], found)

    keys = {"cleartext": b64("NetApp123"), "change": b64("true")}
    credential = astraSDK.credentials.createCredential(config=own).main(user["id"], "passwordHash", keys)
    check("the user gets a password", credential and "keyStore" not in credential, credential)
    labels = [label["value"] for label in credential["metadata"]["labels"]]
    check("the client's label is kept", labels == ["passwordHash"], labels)
    updated = astraSDK.credentials.updateCredential(config=own).main(
        credential["id"], user["id"], {"cleartext": b64("NetApp1234"), "change": b64("false")})
    check("another password is set, and the answer is JSON", updated and updated["id"] == credential["id"], updated)
    listed = astraSDK.credentials.getCredentials(config=own).main()
    check("credentials are listed", credential["id"] in [item["id"] for item in listed["items"]], listed)
    bucket = astraSDK.credentials.createCredential(config=own).main(
        "bucket", "s3", {"accessKey": b64("a"), "accessSecret": b64("b")}, cloudName="s3")
    check("a credential of a bucket is kept", bucket["keyType"] == "s3", bucket)
    check("and deleted", astraSDK.credentials.destroyCredential(config=own).main(bucket["id"]) is True)

    group = astraSDK.groups.createGroup(config=own).main(f"CN=Engineering,OU={UNIQ},DC=example,DC=com")
    check("a group is made", group and group["name"] == "Engineering", group)
    bound = astraSDK.rolebindings.createRolebinding(config=own).main("viewer", groupID=group["id"])
    check("and bound", bound["principalType"] == "group", bound)
    listed = astraSDK.groups.getGroups(config=own).main(nameFilter="engin")
    check("it is listed by name", [item["id"] for item in listed["items"]] == [group["id"]], listed)
    check("and deleted", astraSDK.groups.destroyGroup(config=own).main(group["id"]) is True)

    people = astraSDK.users.getLdapUsers(config=own).main(emailFilter="LDAP-", lastNameFilter="a", limit=1)
    check("LDAP users are found by two filters", [item["email"] for item in people["items"]] == [LDAP_EMAIL], people)
    groups = astraSDK.groups.getLdapGroups(config=own).main(cnFilter="nobody")
    check("LDAP groups are not", groups["items"] == [], groups)

    refused, said = quietly(astraSDK.users.getUsers(quiet=False, config=config("not-a-token")).main)
    check("a wrong token is told as one", refused is False and "check Authorization" in said, said)
    removed = astraSDK.rolebindings.destroyRolebinding(config=own).main(binding["id"])
    left = [item["id"] for item in astraSDK.users.getUsers(config=own).main()["items"]]
    check("with the binding the user goes", removed is True and user["id"] not in left, left)


def command(*arguments, fails=False):
    """Runs the client's command line."""
    tool = os.path.join(os.path.dirname(sys.executable), "actoolkit")
    environment = dict(os.environ)
    if not SECURE:
        # a bundle of the environment's would count for more than the file's verifySSL
        environment = {name: value for name, value in environment.items() if not name.endswith("CA_BUNDLE")}
    environment.update(HOME=HOME.name, ASTRATOOLKITS_CONF=HOME.name)
    done = subprocess.run([tool, *arguments], cwd=HOME.name, env=environment, capture_output=True, text=True)
    said = done.stdout + done.stderr
    check("actoolkit " + " ".join(arguments), (done.returncode != 0) == fails, said)
    return done.stdout if not fails else said


def command_line():
    domain = urllib.parse.urlsplit(BASE).netloc if SECURE else f"127.0.0.1:{serve_tls()}"
    with open(os.path.join(HOME.name, "config.yaml"), "w") as file:
        json.dump({"headers": {"Authorization": f"Bearer {API_KEY}"}, "uid": ORG, "verifySSL": SECURE,
                   "astra_project": domain}, file)
    os.chdir(HOME.name)
    check("the client reads its file", getConfig().main()["base"] == f"https://{domain}/accounts/{ORG}/")
    email = f"jane-{UNIQ}@example.com"
    namespaces = json.loads(command("-o", "json", "list", "namespaces"))["items"]
    one = next(item["id"] for item in namespaces if item["name"] == "mysql")
    command("create", "user", email, "viewer", "--firstName", "Jane", "--lastName", "Doe", "--tempPassword", "NetApp123",
            "--namespaceConstraint", one)
    users = json.loads(command("-o", "json", "list", "users"))["items"]
    jane = next(user for user in users if user["email"] == email)
    bindings = json.loads(command("-o", "json", "list", "rolebindings"))["items"]
    bound = next(item for item in bindings if item["userID"] == jane["id"])
    check("the user is bound to a namespace", one in bound["roleConstraints"][0], bound)
    check("a table shows the user", "Jane Doe" in command("list", "users"))
    command("create", "user", email, "viewer", "--tempPassword", "NetApp123", fails=True)
    said = command("create", "user", f"none-{UNIQ}@example.com", "viewer", fails=True)
    check("without a password no user stays", "tempPassword is required" in said, said)
    command("create", "user", LDAP_EMAIL, "member", "--ldap")
    command("list", "ldapusers", "--email", "ldap-")
    command("create", "group", f"CN=Ops,OU={UNIQ},DC=example,DC=com", "viewer")
    users = json.loads(command("-o", "json", "list", "users"))["items"]
    ldap = next(user for user in users if user["email"] == LDAP_EMAIL)
    for user in (jane, ldap):
        command("destroy", "user", user["id"])
    left = [user["email"] for user in json.loads(command("-o", "json", "list", "users"))["items"]]
    check("both are gone", len(left) == 1, left)


def main():
    landscape = requests.get(f"{BASE}/v1/organizations/{ORG}/fixtures/astra",
                             headers={"Authorization": f"Bearer {API_KEY}"}).json()
    landscape["ldap_users"] = [{"email": LDAP_EMAIL, "firstName": "Ada", "lastName": "Lamar", "cn": "Ada Lamar",
                                "dn": "CN=Ada Lamar,DC=example,DC=com"}]
    landscape["ldap_groups"] = [{"cn": "Ops", "dn": f"CN=Ops,OU={UNIQ},DC=example,DC=com"}]
    set_up = requests.put(f"{BASE}/v1/organizations/{ORG}/fixtures/astra", json=landscape,
                          headers={"Authorization": f"Bearer {API_KEY}"})
    check("the landscape is set", set_up.status_code == 200, set_up.text)
    library()
    command_line()


main()
