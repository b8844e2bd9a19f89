// SPDX-License-Identifier: Apache-2.0
//
// node test.mjs full URL [PASSWORD]    every method, anonymously or with Authorization: Basic
// node test.mjs token URL PASSWORD     every method, with the tokens the SDK asks for
// node test.mjs exchange URL TOKEN     every method, with a credential that hands out TOKEN
// node test.mjs public URL PASSWORD    a registry that lets anyone read
// node test.mjs names URL              prints the names of the repositories
//
// The checks are printed as checks.mjs says; the last line of a complete run is "end".
import assert from "node:assert/strict";
import process from "node:process";
import { ContainerRegistryClient, ContainerRegistryContentClient } from "@azure/container-registry";
import { check, collect } from "./checks.mjs";
import { contentChecks } from "./content.mjs";
import { exchangeChecks } from "./exchange.mjs";
import { lockChecks } from "./locks.mjs";
import { metadataChecks } from "./metadata.mjs";
import { signInChecks } from "./sign_in.mjs";

// Tells `exchanges` what went over the wire, redirects and token requests included.
function recorder(exchanges) {
    return {
        name: "recorder",
        async sendRequest(request, next) {
            const response = await next(request);
            exchanges.push({
                method: request.method,
                path: new URL(request.url).pathname,
                status: response.status,
                token: (request.headers.get("Authorization") ?? "none").split(" ")[0],
            });
            return response;
        },
    };
}

function basic(password) {
    const value = `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`;
    return {
        name: "basic",
        sendRequest(request, next) {
            request.headers.set("Authorization", value);
            return next(request);
        },
    };
}

// The SDK knows anonymous tokens and those of Azure accounts. This adds name and password to its
// request for an anonymous one: what it then gets is good for exactly the scope of the challenge.
function tokenForPassword(password) {
    return {
        name: "tokenForPassword",
        sendRequest(request, next) {
            if (new URL(request.url).pathname === "/oauth2/token") {
                request.body += `&username=admin&password=${encodeURIComponent(password)}`;
            }
            return next(request);
        },
    };
}

// What an Azure credential is to the SDK: it hands out a token of the identity provider.
function credentialOf(token) {
    return { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_000_000 }) };
}

// The SDK's clients of one registry, without retries: what fails once shall be seen.
function connect(endpoint, signIn = [], exchanges = [], credential = undefined) {
    const policies = [...signIn, recorder(exchanges)];
    const options = {
        retryOptions: { maxRetries: 0 },
        additionalPolicies: policies.map((policy) => ({ policy, position: "perRetry" })),
    };
    return {
        endpoint,
        host: new URL(endpoint).host,
        registry: credential
            ? new ContainerRegistryClient(endpoint, credential, options)
            : new ContainerRegistryClient(endpoint, options),
        content: (name) => new ContainerRegistryContentClient(endpoint, name, credential, options),
    };
}

async function everything(context) {
    await metadataChecks(context);
    await contentChecks(context);
    await lockChecks(context);
}

const [mode, endpoint, password] = process.argv.slice(2);
switch (mode) {
    case "full":
        await everything(connect(endpoint, password ? [basic(password)] : []));
        break;
    case "token": {
        const exchanges = [];
        await everything(connect(endpoint, [tokenForPassword(password)], exchanges));
        await check("oauth2: every request was signed with a token", () => {
            const signed = exchanges.filter(({ token }) => token === "Bearer");
            const unsigned = exchanges.filter(({ token }) => token !== "Bearer");
            assert.ok(signed.length > 500, `${signed.length} requests`);
            const strays = unsigned.filter(
                ({ path, status }) => status !== 401 && path !== "/oauth2/token",
            );
            // A name that no route takes is refused before the sign-in.
            assert.deepEqual(strays.filter(({ status }) => status !== 404), []);
        });
        break;
    }
    case "exchange": {
        const exchanges = [];
        await everything(connect(endpoint, [], exchanges, credentialOf(password)));
        await exchangeChecks(exchanges);
        break;
    }
    case "public": {
        const exchanges = [];
        const anonymous = connect(endpoint, [], exchanges);
        await signInChecks(anonymous, connect(endpoint, [basic(password)]), exchanges);
        break;
    }
    case "names":
        console.log(await collect(connect(endpoint).registry.listRepositoryNames()));
        break;
    default:
        throw new Error(`no mode '${mode}'`);
}
console.log("end");
