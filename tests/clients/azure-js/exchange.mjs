// SPDX-License-Identifier: Apache-2.0
//
// What went over the wire when the SDK signed in with a token of the identity provider: that token
// for a refresh token, seldom; the refresh token for an access token, for each scope; and an access
// token tried on what it is not for, refused, and replaced.
import assert from "node:assert/strict";
import { check } from "./checks.mjs";

export async function exchangeChecks(exchanges) {
    const of = (path) => exchanges.filter((each) => each.path === path);
    const signed = exchanges.filter(({ token }) => token === "Bearer");
    await check("oauth2: the credential's token was exchanged, and that was enough", () => {
        const statuses = of("/oauth2/exchange").map(({ status }) => status);
        assert.ok(statuses.length > 0);
        assert.deepEqual([...new Set(statuses)], [200]);
        // Once a client, and the tests make many clients.
        assert.ok(statuses.length * 2 < signed.length, `${statuses.length} exchanges`);
    });
    await check("oauth2: every access token was had for the refresh token", () => {
        assert.deepEqual([...new Set(of("/oauth2/token").map(({ status }) => status))], [200]);
    });
    await check("oauth2: a token for another scope was refused and replaced", () => {
        const replaced = exchanges.filter(({ path, status, token }, at) => {
            const [asked, again] = exchanges.slice(at + 1, at + 3);
            return status === 401 && token === "Bearer" && asked?.path === "/oauth2/token" &&
                again?.path === path && again.status < 500 && again.status !== 401;
        });
        assert.ok(replaced.length > 10, `${replaced.length} times`);
    });
}
