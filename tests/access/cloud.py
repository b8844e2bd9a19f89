# SPDX-License-Identifier: Apache-2.0
"""A cloud for the Azure command line: subscriptions with one registry (management.azure.com), and
the tokens of the machine's own identity (169.254.169.254). It signs nobody in: that does the
issuer, which goes by the name login.microsoftonline.com. What az asks for and this does not know is
404 and is noted."""

import json
import ssl
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SUBSCRIPTION = "5b1f1f6e-0000-4000-8000-00000000cafe"
TENANT = "7c9e6679-0000-4000-8000-00000000beef"
GROUP = "berths"
REGISTRIES = "Microsoft.ContainerRegistry/registries"
SOFT_DELETE_DAYS = 7


class Cloud:
    """`places` are {"management": address, "identity": address}; `identity` is the issuer's client
    that the machine is."""

    def __init__(self, places, certificate, key, issuer, login_server, identity):
        self.issuer = issuer
        self.login_server = login_server
        self.identity = identity
        self.unknown = []
        handler = type("Handler", (Handler,), {"cloud": self})
        management = ThreadingHTTPServer((places["management"], 443), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        management.socket = context.wrap_socket(management.socket, server_side=True)
        self.servers = [management, ThreadingHTTPServer((places["identity"], 80), handler)]
        self.threads = [threading.Thread(target=server.serve_forever, daemon=True)
                        for server in self.servers]
        for thread in self.threads:
            thread.start()

    def stop(self):
        for server, thread in zip(self.servers, self.threads):
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, method, path, query):
        """(status, document); paths are compared in lower case, as the service does."""
        actions = {
            "/metadata/identity/oauth2/token": self._own_identity,
            "/tenants": self._tenants,
            "/subscriptions": self._subscriptions,
            f"/subscriptions/{SUBSCRIPTION}/resources": self._resources,
            self.resource_id.lower(): self._registry,
        }
        action = actions.get(path.lower().rstrip("/"))
        if method == "GET" and action:
            return 200, action(query)
        self.unknown.append(f"{method} {path}")
        return 404, {"error": {"code": "NotFound", "message": f"no {path} here"}}

    @property
    def resource_id(self):
        name = self.login_server.split(".")[0]
        return (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/"
                f"{REGISTRIES}/{name}")

    def _own_identity(self, query):
        audience = query.get("resource", "")
        lifetime = self.issuer.clients[self.identity].get("lifetime", 3600)
        return {"access_token": self.issuer.token(self.identity, audience),
                "expires_in": str(lifetime), "expires_on": str(int(time.time()) + lifetime),
                "not_before": str(int(time.time())), "token_type": "Bearer",
                "resource": audience, "client_id": self.identity}

    def _tenants(self, _query):
        return {"value": [{"id": f"/tenants/{TENANT}", "tenantId": TENANT}]}

    def _subscriptions(self, _query):
        return {"value": [{
            "id": f"/subscriptions/{SUBSCRIPTION}", "subscriptionId": SUBSCRIPTION,
            "displayName": "tests", "state": "Enabled", "tenantId": TENANT,
            "managedByTenants": []}]}

    def _resources(self, query):
        known = self._registry(query)
        return {"value": [{key: known[key] for key in ("id", "name", "type", "location")}]}

    def _registry(self, _query):
        return {
            "id": self.resource_id, "name": self.login_server.split(".")[0], "type": REGISTRIES,
            "location": "loopback", "sku": {"name": "Premium", "tier": "Premium"},
            "properties": {"loginServer": self.login_server, "provisioningState": "Succeeded",
                           "adminUserEnabled": False,
                           "policies": {"softDeletePolicy": {
                               "status": "enabled", "retentionDays": SOFT_DELETE_DAYS}}}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cloud = None

    def log_message(self, *_arguments):
        pass

    def _answer(self):
        parts = urllib.parse.urlsplit(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = dict(urllib.parse.parse_qsl(parts.query))
        status, document = self.cloud.answer(self.command, parts.path, query)
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer
