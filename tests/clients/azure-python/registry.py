# SPDX-License-Identifier: Apache-2.0
"""One registry as the SDK sees it. Version 1.1.0b2, which Debian packages, has other names for some
methods and lacks others; what differs between the versions is here."""

import base64
import io
import time
from urllib.parse import urlsplit

import requests
from azure.containerregistry import ContainerRegistryClient
from azure.core.credentials import AccessToken

from images import OCI_MANIFEST

IS_OLD = not hasattr(ContainerRegistryClient, "set_manifest")


class Credential:
    """What an Azure credential is to the SDK: it hands out a token of the identity provider."""

    def __init__(self, token):
        self.token = token

    def get_token(self, *_scopes, **_options):
        return AccessToken(self.token, int(time.time()) + 3000)


class Registry:
    """`client` is the SDK's. Without retries: what fails once shall be seen.

    With `token_password` the SDK's requests for anonymous tokens, the only ones it can make without
    an Azure account, get the name and the password added: what comes back is good for exactly the
    scope of the challenge. With `foreign_token` it is a credential's token, exchanged as the SDK
    does it."""

    def __init__(self, endpoint, password=None, token_password=None, foreign_token=None):
        self.endpoint = endpoint
        self.token_password = token_password
        self.foreign_token = foreign_token
        self.exchanges = []
        self.headers = {}
        if password:
            credential = base64.b64encode(f"admin:{password}".encode()).decode()
            self.headers["Authorization"] = f"Basic {credential}"
        self.client = ContainerRegistryClient(
            endpoint,
            Credential(foreign_token) if foreign_token else None,
            audience="https://management.azure.com",
            headers=dict(self.headers),
            retry_total=0,
            raw_request_hook=self._sign_in,
            raw_response_hook=self._record,
        )

    def _sign_in(self, request):
        message = request.http_request
        if self.token_password and urlsplit(message.url).path == "/oauth2/token":
            message.data.update(username="admin", password=self.token_password)

    def _record(self, response):
        """Notes what went over the wire, the requests for tokens included."""
        request = response.http_request
        token = request.headers.get("Authorization", "none").split(" ")[0]
        path = urlsplit(request.url).path
        self.exchanges.append((request.method, path, response.http_response.status_code, token))

    def upload(self, repository, data):
        """(digest, size); the old version answers the digest only."""
        result = self.client.upload_blob(repository, io.BytesIO(data))
        return (result, len(data)) if IS_OLD else result

    def download(self, repository, digest):
        result = self.client.download_blob(repository, digest)
        if IS_OLD:  # None stands for an empty blob
            return result.data.read() if result is not None else b""
        return b"".join(result)

    def put(self, repository, image, tag=None):
        """The digest. The old version knows one media type; the rest goes around it."""
        data = io.BytesIO(image.data)
        if not IS_OLD:
            client = self.client
            return client.set_manifest(repository, data, tag=tag, media_type=image.media_type)
        if image.media_type == OCI_MANIFEST:
            return self.client.upload_manifest(repository, data, tag=tag)
        answer = requests.put(
            f"{self.endpoint}/v2/{repository}/manifests/{tag or image.digest}",
            data=image.data,
            headers={"Content-Type": image.media_type, **self.headers},
            auth=self._name_and_password(),
            timeout=30,
        )
        answer.raise_for_status()
        return answer.headers["Docker-Content-Digest"]

    def _name_and_password(self):
        """Of a request that goes around the SDK."""
        if not self.foreign_token:
            return ("admin", self.token_password) if self.token_password else None
        form = {"grant_type": "access_token", "access_token": self.foreign_token,
                "service": urlsplit(self.endpoint).netloc}
        answer = requests.post(f"{self.endpoint}/oauth2/exchange", data=form, timeout=30)
        return "00000000-0000-0000-0000-000000000000", answer.json()["refresh_token"]

    def get(self, repository, reference):
        """(digest, document or None)."""
        if not IS_OLD:
            result = self.client.get_manifest(repository, reference)
            return result.digest, result.manifest
        result = self.client.download_manifest(repository, reference)
        return result.digest, None
