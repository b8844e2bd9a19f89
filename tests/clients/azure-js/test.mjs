// SPDX-License-Identifier: Apache-2.0
//
// node test.mjs full URL [PASSWORD]    every method, anonymously or with Authorization: Basic
// node test.mjs public URL PASSWORD    a registry that lets anyone read
// node test.mjs names URL              prints the names of the repositories
//
// The checks are printed as checks.mjs says; the last line of a complete run is "end".
import process from "node:process";
import { ContainerRegistryClient, ContainerRegistryContentClient } from "@azure/container-registry";
import { collect } from "./checks.mjs";
import { contentChecks } from "./content.mjs";
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

// The SDK's clients of one registry, without retries: what fails once shall be seen.
function connect(endpoint, password, exchanges = []) {
    const policies = [recorder(exchanges)];
    if (password) {
        policies.unshift(basic(password));
    }
    const options = {
        retryOptions: { maxRetries: 0 },
        additionalPolicies: policies.map((policy) => ({ policy, position: "perRetry" })),
    };
    return {
        endpoint,
        host: new URL(endpoint).host,
        registry: new ContainerRegistryClient(endpoint, options),
        content: (name) => new ContainerRegistryContentClient(endpoint, name, undefined, options),
    };
}

const [mode, endpoint, password] = process.argv.slice(2);
switch (mode) {
    case "full": {
        const context = connect(endpoint, password);
        await metadataChecks(context);
        await contentChecks(context);
        await lockChecks(context);
        break;
    }
    case "public": {
        const exchanges = [];
        const anonymous = connect(endpoint, undefined, exchanges);
        await signInChecks(anonymous, connect(endpoint, password), exchanges);
        break;
    }
    case "names":
        console.log(await collect(connect(endpoint).registry.listRepositoryNames()));
        break;
    default:
        throw new Error(`no mode '${mode}'`);
}
console.log("end");
