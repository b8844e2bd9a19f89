// SPDX-License-Identifier: Apache-2.0
//
// node issuer.mjs CONFIG: an OpenID Connect issuer for the tests, over https.
// Discovery, JWKS and the token endpoint are those of oidc-provider. CONFIG is a JSON file:
//
//   host, path  the name it goes by; "issuer https://HOST:PORT/PATH" is printed when it listens
//   address, port   where it listens; port 0 picks a free one
//   cert, key   PEM files
//   keys        a file that keeps the signing keys
//   clients     {ID: {secret, claims, alg, lifetime}}: who may ask for tokens (client_credentials;
//               `resource`, or a `scope` that ends in `/.default`, names the audience), and what is
//               in those beside or instead of the usual
//   documents   {PATH: JSON}: what else is served, where ${url} stands for the issuer
//
// What no issuer offers, for the tests alone:
//
//   POST /control/rotate {keepOld}                 new keys sign; the old ones stay in the JWKS or go
//   POST /control/sign {claims, header, kid, alg, foreign}   any claims, really signed: by the
//               key that signs now, by the one named `kid`, or by one that nobody published
//   GET  /control/counts                           {PATH: how often it was asked for}
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import process from "node:process";
import { SignJWT, generateKeyPair, importJWK } from "jose";
import { Provider } from "oidc-provider";
import { Keys } from "./keys.mjs";

const config = JSON.parse(readFileSync(process.argv[2], "utf8"));
const keys = new Keys(config.keys);
const counts = {};
let url;
let serve;

// As Entra ID does: the scope `https://registry.test/.default` is for the audience before it.
function audienceOfScope(context) {
    const scope = String(context.oidc.body?.scope ?? "").split(" ")[0];
    return scope.endsWith("/.default") ? scope.slice(0, -"/.default".length) : undefined;
}

function clientOf(id) {
    return config.clients[id] ?? {};
}

// What a token for `audience` looks like; the claims of the client are added by `customize`.
function resourceServer(context, audience, client) {
    const { alg = "RS256", lifetime = 3600 } = clientOf(client.clientId);
    return {
        audience,
        scope: "",
        accessTokenFormat: "jwt",
        accessTokenTTL: lifetime,
        jwt: { sign: { alg, kid: keys.find(alg).kid } },
    };
}

function customize(context, token, { payload }) {
    Object.assign(payload, clientOf(token.clientId).claims);
}

// oidc-provider takes its keys once, so each rotation has a provider of its own.
function useKeys() {
    const provider = new Provider(url, {
        clients: Object.entries(config.clients).map(([id, { secret }]) => ({
            client_id: id,
            client_secret: secret,
            grant_types: ["client_credentials"],
            redirect_uris: [],
            response_types: [],
            token_endpoint_auth_method: "client_secret_post",
        })),
        features: {
            clientCredentials: { enabled: true },
            devInteractions: { enabled: false },
            resourceIndicators: {
                enabled: true,
                defaultResource: audienceOfScope,
                getResourceServerInfo: resourceServer,
                useGrantedResource: () => true,
            },
        },
        formats: { customizers: { jwt: customize } },
        jwks: { keys: keys.published() },
        routes: { jwks: "/keys", token: "/token" },
    });
    serve = provider.callback();
}

async function sign({ claims, header = {}, kid, alg = "RS256", foreign = false }) {
    const known = keys.find(alg, kid);
    const key = foreign ? (await generateKeyPair(alg)).privateKey : await importJWK(known, alg);
    return new SignJWT(claims)
        .setProtectedHeader({ alg, typ: "JWT", kid: known.kid, ...header })
        .sign(key);
}

async function bodyOf(request) {
    let text = "";
    for await (const piece of request) {
        text += piece;
    }
    return JSON.parse(text || "{}");
}

const controls = {
    "GET /control/counts": async () => counts,
    "POST /control/rotate": async (request) => {
        await keys.rotate((await bodyOf(request)).keepOld ?? true);
        useKeys();
        return { kids: keys.published().map(({ kid }) => kid) };
    },
    "POST /control/sign": async (request) => ({ token: await sign(await bodyOf(request)) }),
};

function send(response, document) {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(document).replaceAll("${url}", url));
}

async function answer(request, response) {
    const control = controls[`${request.method} ${request.url}`];
    if (control) {
        try {
            send(response, await control(request));
        } catch (error) {
            response.statusCode = 500;
            send(response, { error: String(error) });
        }
        return;
    }
    const path = request.url.split("?")[0];
    counts[path] = (counts[path] ?? 0) + 1;
    if (config.documents?.[path]) {
        send(response, config.documents[path]);
        return;
    }
    // What is mounted below a path finds the whole URL in originalUrl.
    request.originalUrl = request.url;
    if (request.url.startsWith(config.path)) {
        request.url = request.url.slice(config.path.length);
    }
    serve(request, response);
}

const server = createServer(
    { cert: readFileSync(config.cert), key: readFileSync(config.key) },
    answer,
);
server.listen(config.port, config.address, async () => {
    const { port } = server.address();
    url = `https://${config.host}${port === 443 ? "" : `:${port}`}${config.path}`;
    if (keys.generations.length === 0) {
        await keys.rotate(true);
    }
    useKeys();
    console.log(`issuer ${url}`);
});
process.once("SIGTERM", () => {
    server.close();
    server.closeAllConnections();
});
