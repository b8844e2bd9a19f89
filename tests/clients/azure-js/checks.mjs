// SPDX-License-Identifier: Apache-2.0
//
// How the test program reports: a line "ok OPERATION: TEXT" or "FAIL OPERATION: TEXT" for every
// check, what is known about a failure on lines that begin with a blank. lib.sh counts them.
import assert from "node:assert/strict";

// The body throws when the check fails; its value is handed on, undefined after a failure.
export async function check(name, body) {
    try {
        const value = await body();
        console.log(`ok ${name}`);
        return value;
    } catch (error) {
        console.log(`FAIL ${name}`);
        explain(error);
        return undefined;
    }
}

// The service answers `status` with `code` in the first element of `errors`; status 401 comes
// with whatever error the sign-in makes of it.
export function refused(name, status, code, body) {
    return check(name, async () => {
        let error;
        try {
            await body();
        } catch (thrown) {
            error = thrown;
        }
        assert.ok(error, "it succeeded");
        if (error.statusCode !== status || (code && errorOf(error).code !== code)) {
            throw error;
        }
        if (code) {
            assert.notEqual(errorOf(error).message, "");
        }
        return errorOf(error);
    });
}

function errorOf(error) {
    try {
        return JSON.parse(error.response.bodyAsText).errors[0];
    } catch {
        return { code: "", message: "" };
    }
}

function explain(error) {
    const lines = [`${error.name}: ${error.message}`];
    if (error.request) {
        lines.push(`${error.request.method} ${error.request.url}`);
    }
    if (error.response) {
        lines.push(`${error.response.status} ${error.response.bodyAsText ?? ""}`);
    } else if (error.stack) {
        lines.push(...error.stack.split("\n").filter((line) => line.includes(".mjs")).slice(0, 3));
    }
    for (const line of lines.join("\n").split("\n")) {
        console.log(` ${line}`);
    }
}

export async function collect(iterable) {
    const items = [];
    for await (const item of iterable) {
        items.push(item);
    }
    return items;
}

export async function readAll(stream) {
    return Buffer.concat(await collect(stream));
}
